"""LangChain's own suites, unchanged, and what its users may expect beside."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
from langchain_core.documents import Document
from langchain_core.embeddings import DeterministicFakeEmbedding, Embeddings
from langchain_core.retrievers import BaseRetriever
from langchain_core.vectorstores import VectorStore
from langchain_tests.integration_tests import (
    EmbeddingsIntegrationTests,
    RetrieversIntegrationTests,
    VectorStoreIntegrationTests,
)

from index import Index, YijuError
from index.langchain import IndexEmbeddings, IndexRetriever, IndexVectorStore
from tests.fakes import WordEmbedder
from tests.index.conftest import At


class TestVectorStore(VectorStoreIntegrationTests):
    @pytest.fixture
    def vectorstore(self, at: At) -> Iterator[VectorStore]:  # type: ignore[override]
        with Index.open(at("i"), self.get_embeddings()) as index:
            yield index.as_vectorstore()


@pytest.fixture
def retrieving(index: Index) -> Iterator[None]:
    TestRetriever.index = index
    yield
    del TestRetriever.index


@pytest.mark.usefixtures("retrieving")
class TestRetriever(RetrieversIntegrationTests):
    index: Index

    @property
    def retriever_constructor(self) -> type[BaseRetriever]:
        return IndexRetriever

    @property
    def retriever_constructor_params(self) -> dict[str, Any]:
        return {"index": self.index, "k": 4}

    @property
    def retriever_query_example(self) -> str:
        return "When was the harbour of Osmund opened?"


@pytest.mark.model
class TestEmbeddings(EmbeddingsIntegrationTests):
    @property
    def embeddings_class(self) -> type[Embeddings]:
        return IndexEmbeddings


@pytest.fixture
def store(index: Index) -> IndexVectorStore:
    return index.as_vectorstore()


def test_passages_of_files_come_back_with_what_a_citation_needs(store: IndexVectorStore) -> None:
    document = store.similarity_search("When was the harbour of Osmund opened?", k=1)[0]
    said = document.metadata
    assert (said["title"], said["author"], said["published"]) == ("The harbour report", "Mei Lin", "2023-04-02")
    source = store.index.source(said["source_id"])
    assert source and source.text[said["start"] : said["end"]] == document.page_content
    assert store.get_by_ids([document.id or ""]) == [document]


def test_documents_are_found_beside_files_and_filtered_by_their_metadata(store: IndexVectorStore) -> None:
    texts = ["The ferry to Osmund sails at nine.", "The ferry to Osmund sails at ten."]
    store.add_texts(texts, [{"season": "summer"}, {"season": "winter"}])
    found = store.similarity_search("When does the ferry sail?", k=3, filter={"metadata": {"season": "winter"}})
    assert [one.page_content for one in found] == ["The ferry to Osmund sails at ten."]
    everything = store.similarity_search("ferry harbour", k=50)
    assert {one.metadata.get("title") for one in everything} > {"The harbour report"}


def test_a_document_with_a_title_author_and_date_is_cited_by_them(store: IndexVectorStore) -> None:
    said = {"title": "Ferries", "author": "Ida Berg", "published": "2022-05-01"}
    store.add_documents([Document("The ferry to Osmund sails at nine.", metadata=said, id="f")])
    hit = store.index.search("ferry to Osmund", k=1)[0]
    source = store.index.source(hit.passage.source_id)
    assert source and (source.title, source.author, source.published) == ("Ferries", "Ida Berg", "2022-05-01")


def test_near_duplicates_follow_where_there_are_too_few_other_documents(at: At, embedder: WordEmbedder) -> None:
    with Index.open(at("i"), embedder) as index:
        store = index.as_vectorstore()
        store.add_texts(["The ferry sails at nine."] * 3 + ["The mill burned in May."], ids=["a", "b", "c", "d"])
        found = store.similarity_search_with_score("When does the ferry sail?", k=3)
        assert [document.id for document, _ in found][1:2] == ["d"] and len({one.id for one, _ in found}) == 3
        assert found[2][1] == found[0][1]
        assert len(store.similarity_search("ferry", k=9)) == len(store.as_retriever().invoke("ferry")) == 4


def test_an_id_that_is_given_twice_changes_nothing(store: IndexVectorStore) -> None:
    before = len(store.index)
    with pytest.raises(YijuError, match="The id 'a' is given twice"):
        store.add_texts(["one", "two"], ids=["a", "a"])
    assert len(store.index) == before


def test_an_id_that_is_given_twice_among_many_is_found_at_once(store: IndexVectorStore) -> None:
    ids = [f"{number:08}" for number in range(40_000)]
    begun = time.monotonic()
    with pytest.raises(YijuError, match="The id '00039999' is given twice"):
        store.add_texts(["one"] * 40_001, ids=[*ids, ids[-1]])
    assert time.monotonic() - begun < 10  # looked for one by one, it would be more


def test_a_passage_of_a_file_is_not_deleted_by_its_id(store: IndexVectorStore) -> None:
    document = store.similarity_search("harbour of Osmund", k=1)[0]
    with pytest.raises(YijuError, match=r"is a passage of .*harbour.*index\.remove\("):
        store.delete([document.id or ""])
    with pytest.raises(YijuError, match="would empty the index. Name the ids"):
        store.delete()


@pytest.mark.parametrize("ids", [[], ["not-there"]])
def test_deleting_ids_that_are_not_there_deletes_nothing(store: IndexVectorStore, ids: list[str]) -> None:
    store.add_texts(["The ferry to Osmund sails at nine."], ids=["ferry"])
    before = {source.id for source in store.index.sources()}
    assert store.delete(ids)
    assert {source.id for source in store.index.sources()} == before
    assert store.delete(["ferry", *ids]) and not store.get_by_ids(["ferry"])


@pytest.mark.parametrize("value", [object(), float("nan"), float("inf")])
def test_metadata_that_cannot_be_kept_is_named(store: IndexVectorStore, value: object) -> None:
    with pytest.raises(YijuError, match="The metadata of 'a' cannot be kept.*Use texts and finite numbers"):
        store.add_texts(["one"], [{"when": value}], ids=["a"])


@pytest.mark.parametrize(
    ("text", "metadata", "name"),
    [
        ("half \ud83d", {}, "a"),
        ("one", {"title": "half \ude42"}, "a"),
        ("one", {"x": ["\ud83d"]}, "a"),
        ("one", {}, "\ud83d"),
    ],
)
def test_half_of_a_character_is_refused_and_nothing_is_added(
    store: IndexVectorStore, text: str, metadata: dict[str, Any], name: str
) -> None:
    before = len(store.index)
    with pytest.raises(YijuError, match="holds half of a character, which is no text.*Nothing was added"):
        store.add_texts(["whole", text], [{}, metadata], ids=["w", name])
    assert len(store.index) == before


def test_metadata_is_filtered_by_names_with_any_marks(store: IndexVectorStore) -> None:
    said = {'the "old" harbour': 1, "a.b": [1, "x"], "茶\\": True, "none": None}
    store.add_texts(["The ferry to Osmund sails at nine."], [said])
    for name, value in said.items():
        found = store.similarity_search("ferry", k=5, filter={"metadata": {name: value, "absent": None}})
        assert "The ferry to Osmund sails at nine." in [one.page_content for one in found]
    assert store.similarity_search("ferry", k=5, filter={"metadata": {'the "old" harbour': 2}}) == []


def test_results_that_differ_are_asked_for_with_marginal_relevance(store: IndexVectorStore) -> None:
    store.add_texts([f"The harbour was opened in 1874, says guide {name}." for name in "abcdef"])
    query = "When was the harbour opened?"
    nearest = store.similarity_search(query, k=3)
    spread = store.max_marginal_relevance_search(query, k=3, fetch_k=20, lambda_mult=0.1)
    assert spread[0] == nearest[0] and spread != nearest
    assert store.as_retriever(search_type="mmr").invoke(query)


def test_a_search_by_vector_finds_what_the_question_finds(store: IndexVectorStore) -> None:
    query = "When was the harbour of Osmund opened?"
    vector = store.embeddings.embed_query(query)
    assert store.similarity_search_by_vector(vector, k=1) == store.similarity_search(query, k=1)
    with pytest.raises(YijuError, match=r"shape \(3,\); this index takes"):
        store.similarity_search_by_vector([1.0, 2.0, 3.0])


def test_a_store_is_made_from_texts_in_a_folder_and_opens_again_with_its_model_only(at: At) -> None:
    embedding = DeterministicFakeEmbedding(size=8)
    store = IndexVectorStore.from_texts(["one", "two"], embedding, folder=str(at("i")))
    assert [one.page_content for one in store.similarity_search("two", k=1)] == ["two"]
    store.index.close()
    with pytest.raises(YijuError, match="'langchain:DeterministicFakeEmbedding', not with 'words'"):
        Index.open(at("i"), WordEmbedder())
    with pytest.raises(YijuError, match="An index is a folder"):
        IndexVectorStore.from_texts(["one"], embedding)
