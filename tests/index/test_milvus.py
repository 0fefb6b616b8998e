"""What only a server can do to an index: be away, refuse, die in the middle, and serve many writers."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("pymilvus")
pytest.importorskip("milvus_lite")

from index import Index, YijuError
from index.centring import Priors
from index.errors import EngineError, IndexFolderError, QueryError
from index.filters import filter_of
from index.milvus import Client
from index.milvus.address import address_of
from index.milvus.change import Change
from index.milvus.client import Row
from index.milvus.engine import Milvus
from index.milvus.head import Head, version_of, within
from index.milvus.journal import Journal
from index.milvus.layout import JOURNAL, Names, analysed, days
from index.milvus.recentring import Recentring
from index.milvus.view import expression_of
from index.passages import passages
from index.snapshot import Entry, LanguageSum, Place
from index.sources import Source
from tests.fakes import WordEmbedder
from tests.milvus_peer import Peer

EMBEDDER = WordEmbedder()
ENGINES = ["milvus"]


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("YIJU_MILVUS_PATIENCE", "2")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


@pytest.fixture
def address(request: pytest.FixtureRequest, peer: Peer) -> str:
    return peer.address(f"t{abs(hash(request.node.name)):x}_{time.monotonic_ns():x}")


@pytest.fixture
def mine(tmp_path: Path) -> Iterator[Peer]:
    """A server that a test may kill."""
    peer = Peer(tmp_path / "mine")
    peer.start()
    yield peer
    peer.kill()


def made(text: str, name: str = "note") -> Source:
    return Source(name + str(hash(text)), f"made:{name}", name, None, None, None, "2024", "en", "text/plain", text)


def texts(index: Index) -> set[str]:
    return {source.text for source in index.sources()}


def found(index: Index, query: str) -> set[str]:
    return {hit.passage.text for hit in index.search(query, k=50)}


# Getting in


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("milvus://ada:secret@host:19530/notes", "would stand in logs. Put it into YIJU_MILVUS_TOKEN"),
        ("milvus://host:19530", "no address of an index: write it as milvus://HOST:19530/NAME"),
        ("milvus://host:19530/a/b/c", "write it as"),
        ("milvus://host:19530/my notes", "letters, digits and _"),
        ("milvus://host:port/notes", "no address of an index"),
    ],
)
def test_an_address_that_is_none_says_what_one_is(written: str, message: str) -> None:
    with pytest.raises(EngineError, match=message) as raised:
        Index.open(written, EMBEDDER)
    assert "secret" not in str(raised.value)


def test_an_address_is_known_where_a_path_was_meant(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YIJU_MILVUS_TLS", "1")
    at = address_of(str(Path("milvus://host/desk/notes")))
    assert (str(at), at.url) == ("milvus://host:19530/desk/notes", "https://host:19530")


@pytest.mark.parametrize("name", ["CA", "CERT", "KEY"])
def test_a_certificate_is_never_sent_past_without_encryption(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"YIJU_MILVUS_{name}", "/etc/ours.pem")
    assert address_of("milvus://host/notes").url == "https://host:19530"
    monkeypatch.setenv("YIJU_MILVUS_TLS", "0")
    with pytest.raises(EngineError, match=f"YIJU_MILVUS_{name} is for an encrypted connection.*Unset one"):
        address_of("milvus://host/notes")


def test_an_address_of_numbers_with_colons_keeps_its_brackets() -> None:
    at = address_of("milvus://[::1]:19531/notes")
    assert (str(at), at.url) == ("milvus://[::1]:19531/notes", "http://[::1]:19531")


def test_a_token_is_not_shown_with_its_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YIJU_MILVUS_TOKEN", "ada:tide")
    assert "tide" not in repr(address_of("milvus://host/notes"))


def test_what_is_set_to_nothing_is_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YIJU_MILVUS_PATIENCE", "")
    monkeypatch.setenv("YIJU_MILVUS_VECTORS", "")
    at = address_of("milvus://host/notes")
    assert (at.vectors, at.patience) == ("HNSW", 30.0)


@pytest.mark.parametrize("patience", ["nan", "inf", "-1", "long"])
def test_patience_that_is_no_number_of_seconds_is_refused(patience: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YIJU_MILVUS_PATIENCE", patience)
    with pytest.raises(EngineError, match="must be a number of seconds"):
        address_of("milvus://host/notes")


def test_a_server_that_is_not_there_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="does not answer. Is it running"):
        Index.open(Peer(tmp_path / "none").address("notes"), EMBEDDER)


def test_a_wrong_token_is_refused_and_the_right_one_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    peer = Peer(tmp_path / "guarded", token="ada:tide")
    peer.start()
    try:
        for token in ("", "ada:ebb"):
            monkeypatch.setenv("YIJU_MILVUS_TOKEN", token)
            with pytest.raises(EngineError, match="does not let us in. Set YIJU_MILVUS_TOKEN"):
                Index.open(peer.address("notes"), EMBEDDER)
        monkeypatch.setenv("YIJU_MILVUS_TOKEN", "ada:tide")
        with Index.open(peer.address("notes"), EMBEDDER) as index:
            index.put(made("The pier burned."))
            assert found(index, "pier") == {"The pier burned."}
    finally:
        peer.kill()


def test_a_slow_server_is_a_clear_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    peer = Peer(tmp_path / "slow", seconds=1.0)
    peer.start()
    try:
        monkeypatch.setattr("index.milvus.client._LIMIT", 0.3)
        with pytest.raises(EngineError, match="does not answer"):
            Index.open(peer.address("notes"), EMBEDDER)
    finally:
        peer.kill()


def test_a_collection_of_somebody_else_is_left_alone(address: str) -> None:
    client = Client(address_of(address))
    client.make(client.address.name, JOURNAL)
    with pytest.raises(IndexFolderError, match="no index of Yiju's. Choose another name"):
        Index.open(address, EMBEDDER)
    client.drop(client.address.name)
    client.close()


def test_an_index_of_a_newer_version_says_how_to_go_on(address: str) -> None:
    with Index.open(address, EMBEDDER) as index:
        index.put(made("The pier burned."))
    client = Client(address_of(address))
    journal = Names(client.address.name).journal
    head = {"name": "head", "value": '{"format": 99}', "stamp": 10**6, "vector": [0.0, 0.0]}
    client.put(journal, [head])
    client.close()
    with pytest.raises(IndexFolderError, match=r"newer Yiju \(format 99.*pip install -U yiju"):
        Index.open(address, EMBEDDER)


def test_an_index_that_was_dropped_meanwhile_is_a_clear_error(address: str) -> None:
    with Index.open(address, EMBEDDER) as index:
        index.put(made("The pier burned."))
        dropped(address)
        with pytest.raises(YijuError, match="Was it dropped"):
            index.search("pier")


def dropped(address: str) -> None:
    client = Client(address_of(address))
    names = Names(client.address.name)
    for collection in (names.journal, names.passages, names.sources, names.vectors(1)):
        client.drop(collection)
    client.close()


def test_an_index_that_was_dropped_and_made_anew_is_not_read_by_the_head_of_the_old_one(address: str) -> None:
    with Index.open(address, EMBEDDER) as index:
        for turn in range(3):
            index.put(made(f"This was written in turn {turn}."))
        dropped(address)
        with Index.open(address, WordEmbedder()) as other:
            other.put(made("The mill burned.", "mill"))
        assert texts(index) == found(index, "mill") == {"The mill burned."}
        index.put(made("The pier burned."))
        assert texts(index) == {"The mill burned.", "The pier burned."} and index.check() == []


def test_a_server_that_lags_behind_its_head_does_not_make_the_index_look_dropped(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = Client.rows

    def lagging(
        client: Client, collection: str, expression: str, fields: Sequence[str], strong: bool = False
    ) -> list[Row]:
        is_behind = "head" in expression and not strong
        return [] if is_behind else rows(client, collection, expression, fields, strong)

    with Index.open(address, EMBEDDER) as index:
        index.put(made("The pier burned."))
        monkeypatch.setattr(Client, "rows", lagging)
        assert found(index, "pier") == {"The pier burned."}
        client = Client(address_of(address))
        head = Journal(client, Names(client.address.name).journal).read()
        assert head and head.count == 1
        client.close()


def test_more_hits_than_a_server_gives_say_so(address: str) -> None:
    with Index.open(address, EMBEDDER) as index:
        index.put(made("The pier burned."))
        with pytest.raises(QueryError, match="k is 9,000; on a server at most 8,192"):
            index.search("pier", k=9_000)


# Dying in the middle


def test_a_server_that_is_started_again_is_waited_for(mine: Peer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YIJU_MILVUS_PATIENCE", "30")
    with Index.open(mine.address("notes"), EMBEDDER) as index:
        index.put(made("The pier burned."))
        mine.kill()
        again = threading.Timer(0.5, mine.start)
        again.daemon = True
        again.start()
        assert found(index, "pier") == {"The pier burned."}
        again.join()
        index.put(made("The mill burned.", "mill"))
        assert texts(index) == {"The pier burned.", "The mill burned."}
        assert index.check() == []


def test_a_server_that_stays_away_is_a_clear_error_and_nothing_of_a_change_is_seen_later(mine: Peer) -> None:
    with Index.open(mine.address("notes"), EMBEDDER) as index:
        index.put(made("The pier burned."))
        mine.kill()
        with pytest.raises(EngineError, match="does not answer"):
            index.search("pier")
        with pytest.raises(EngineError, match="stored whole or not at all: do it again"):
            index.put(made("The mill burned.", "mill"))
        mine.start()
        assert texts(index) == {"The pier burned."}
        index.put(made("The mill burned.", "mill"))
        assert texts(index) == {"The pier burned.", "The mill burned."}
        assert index.check() == []


def test_what_a_writer_brought_before_it_died_is_never_seen_and_is_erased_later(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Index.open(address, EMBEDDER) as index:
        index.put(made("The pier burned."))
        client = Client(address_of(address))
        names = Names(client.address.name)
        journal = Journal(client, names.journal)
        half = made("The mill burned.", "mill")
        cut = passages(half)
        entry = Entry(half, cut, EMBEDDER.passages([one.text for one in cut]))
        taken: list[int] = []

        def reserve(head: Head | None) -> Head:
            assert head
            taken.append(head.following)
            opened = {**head.open, head.following: time.time()}
            return Head(**{**vars(head), "revision": head.revision + 1, "following": taken[0] + 1, "open": opened})

        head = journal.change(reserve)
        assert head
        Change(client, names, Priors({}, {}), taken[0], [entry], [Place("made:mill", half.id, None)]).bring(head)
        # and here it dies
        assert texts(index) == found(index, "mill burned") == {"The pier burned."}
        assert index.place("made:mill") is None and index.check() == []
        monkeypatch.setattr("index.milvus.collect._ABANDONED", 0.0)
        monkeypatch.setattr("index.milvus.collect._OFTEN", 0.0)
        index.put(made("The church burned.", "church"))
        rows = client.rows(names.passages, "number >= 0", ["number", "text"])
        assert {row["text"] for row in rows} == {"The pier burned.", "The church burned."}
        client.close()


def overtaken(monkeypatch: pytest.MonkeyPatch, address: str) -> Callable[[Change, Head], None]:
    """Return what brings a change only after another writer has found it abandoned and put a text of its own."""
    bring = Change.bring

    def late(change: Change, head: Head) -> None:
        monkeypatch.setattr(Change, "bring", bring)
        with Index.open(address, EMBEDDER) as other:
            other.put(made("The church burned.", "church"))
        bring(change, head)

    monkeypatch.setattr("index.milvus.collect._ABANDONED", 0.0)
    return late


def test_a_writer_that_stalls_until_its_change_is_erased_is_told_so(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = overtaken(monkeypatch, address)
    with Index.open(address, EMBEDDER) as index:
        index.put(made("The pier burned."))
        monkeypatch.setattr(Change, "bring", late)
        with pytest.raises(EngineError, match="a change took more than 600 seconds. It was given up"):
            index.put(made("The mill burned.", "mill"))
        assert texts(index) == found(index, "mill burned") == {"The pier burned.", "The church burned."}
        assert index.check() == []
        index.put(made("The mill burned.", "mill"))
        assert "The mill burned." in found(index, "mill burned")


def test_what_a_writer_brings_after_its_change_was_given_up_is_never_seen(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = overtaken(monkeypatch, address)

    def die_late(change: Change, head: Head) -> None:
        late(change, head)
        raise EngineError("the machine is gone")

    with Index.open(address, EMBEDDER) as index:
        index.put(made("The pier burned."))
        monkeypatch.setattr(Change, "bring", die_late)
        with pytest.raises(EngineError, match="the machine is gone"):
            index.put(made("The mill burned.", "mill"))
        assert texts(index) == found(index, "mill burned") == {"The pier burned.", "The church burned."}
        assert index.place("made:mill") is None and index.check() == []
        assert {hit.passage.text for hit in index.search("mill burned", k=1)} < texts(index)
        index.put(made("The mill burned.", "mill"))
        assert "The mill burned." in found(index, "mill burned") and index.check() == []


def test_who_died_in_its_turn_is_passed_over(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("index.milvus.journal.TURN", 2.0)
    with Index.open(address, EMBEDDER) as index:
        client = Client(address_of(address))
        dead = [
            {"name": "turn.a", "value": "waiting", "stamp": 1, "vector": [0.0, 0.0]},
            {"name": "turn.b", "value": "choosing", "stamp": 0, "vector": [0.0, 0.0]},
        ]
        client.put(Names(client.address.name).journal, dead)
        client.close()
        index.put(made("The pier burned."))
        assert texts(index) == {"The pier burned."}


def test_two_writers_on_one_source_leave_one_of_theirs(address: str, tmp_path: Path) -> None:
    failed: list[str] = []

    def write(name: str) -> None:
        try:
            with Index.open(address, WordEmbedder()) as index:
                for turn in range(5):
                    index.put(made(f"Writer {name} wrote this in turn {turn}.", "shared"))
        except YijuError as error:
            failed.append(str(error))

    Index.open(address, EMBEDDER).close()
    writers = [threading.Thread(target=write, args=(name,), daemon=True) for name in "abc"]
    for writer in writers:
        writer.start()
    with Index.open(address, EMBEDDER) as reader:
        while any(writer.is_alive() for writer in writers):
            assert len(reader.sources()) <= 1  # at no moment two, and never none once there was one
            assert len({hit.passage.source_id for hit in reader.search("writer wrote", k=20)}) <= 1
        assert failed == []
        assert len(reader.sources()) == 1 and len(reader) == 1
        assert reader.check() == []


def test_writers_in_processes_of_their_own_lose_nothing(address: str) -> None:
    Index.open(address, EMBEDDER).close()
    code = (
        "import sys; from index import Index; from tests.fakes import WordEmbedder\n"
        "from tests.index.test_milvus import made\n"
        "with Index.open(sys.argv[1], WordEmbedder()) as index:\n"
        "    for turn in range(6): index.put(made(f'Ship {sys.argv[2]} came on day {turn}.', f'{sys.argv[2]}{turn}'))\n"
    )
    root = Path(__file__).parent.parent.parent
    writers = [subprocess.Popen([sys.executable, "-c", code, address, name], cwd=root) for name in ("Ada", "Eda")]
    try:
        assert [writer.wait(60) for writer in writers] == [0, 0]
    finally:
        for writer in writers:
            writer.kill()
    with Index.open(address, EMBEDDER) as index:
        assert len(index.sources()) == len(index) == 12
        assert index.check() == []


# What is done beside


def test_what_was_replaced_is_erased_once_nobody_can_be_reading_it(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Index.open(address, EMBEDDER) as index:
        for turn in range(4):
            index.put(made(f"This was written in turn {turn}."))
        client = Client(address_of(address))
        count = len(client.rows(Names(client.address.name).passages, "number >= 0", ["number"]))
        assert count == 4 and len(index) == 1  # what was replaced is only unseen
        monkeypatch.setattr("index.milvus.collect.REST", 0.0)
        monkeypatch.setattr("index.milvus.collect._OFTEN", 0.0)
        for turn in range(4, 8):
            index.put(made(f"This was written in turn {turn}."))
        count = len(client.rows(Names(client.address.name).passages, "number >= 0", ["number"]))
        client.close()
        assert count <= 3
        assert texts(index) == {"This was written in turn 7."} and index.check() == []


def test_heads_that_are_long_over_are_erased_though_nothing_was_replaced(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("index.milvus.journal._KEPT", 2)
    monkeypatch.setattr("index.milvus.collect._OFTEN", 0.0)
    with Index.open(address, EMBEDDER) as index:
        for turn in range(6):
            index.put(made(f"This was written in turn {turn}.", f"note{turn}"))
    client = Client(address_of(address))
    pieces = client.rows(Names(client.address.name).journal, 'name like "part.%"', ["name"], strong=True)
    client.close()
    assert len(pieces) <= 8


def test_vectors_are_centred_anew_when_a_language_moves_and_a_reader_goes_on_with_those_it_began_with(
    address: str,
) -> None:
    with Index.open(address, EMBEDDER) as index:
        index.put(made("The pier of Osmund burned in May."))
        engine = Milvus(Client(address_of(address)), "words")
        with engine.view() as before:
            for number in range(6):
                index.put(made(f"青山茶园{number}位于海拔900米的山坡上。", f"tea{number}"))
            with engine.view() as after:
                assert after.head.epoch > before.head.epoch
            assert [source.title for source in before.sources(index.source)] == ["note"]
            assert [one.language for one in before.languages()] == ["en"]
        assert any("900" in text for text in found(index, "茶园的海拔"))
        assert index.check() == []
        engine.close()


def test_vectors_that_were_not_all_centred_anew_are_never_searched(address: str) -> None:
    with Index.open(address, EMBEDDER) as index:
        index.put(made("The pier burned."))
        client = Client(address_of(address))
        names = Names(client.address.name)
        journal = Journal(client, names.journal)
        before = journal.read(strong=True)
        recentring = Recentring(client, names, journal, Priors({}, {}))
        recentring.stop()  # as an index that is closed does
        recentring.run(anew=True)
        after = journal.read(strong=True)
        assert before and after and (after.epoch, after.building) == (before.epoch, None)
        assert found(index, "pier") == {"The pier burned."} and index.check() == []
        client.close()


def test_an_index_that_is_not_as_it_should_be_is_made_right(address: str) -> None:
    with Index.open(address, EMBEDDER) as index:
        index.put_all([(one, passages(one)) for one in (made("The pier burned."), made("The mill burned.", "mill"))])
        client = Client(address_of(address))
        names = Names(client.address.name)
        gone = client.rows(names.passages, "number >= 0", ["number"])[0]["number"]
        client.erase(names.passages, f"number in [{gone}]")
        client.close()
        assert [problem.where for problem in index.check()] == ["source"]
        assert index.repair() == []
        assert len(index) == 2 and index.check() == []


def test_a_repair_that_is_broken_off_loses_no_source(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def break_off(change: Change, head: Head) -> None:
        raise EngineError("the server went away")

    with Index.open(address, EMBEDDER) as index:
        index.put(made("The pier burned."))
        client = Client(address_of(address))
        client.erase(Names(client.address.name).passages, "number >= 0")
        client.close()
        with monkeypatch.context() as patched:
            patched.setattr(Change, "bring", break_off)
            with pytest.raises(EngineError, match="went away"):
                index.repair()
        assert texts(index) == {"The pier burned."} and index.place("made:note")
        assert index.repair() == [] and found(index, "pier") == {"The pier burned."}


def test_embedding_again_is_refused_with_the_way_round(address: str) -> None:
    with pytest.raises(YijuError, match="Move it to a folder .yiju move"):
        Index.embed_again(address, WordEmbedder("other"))


# What needs no server


def test_values_of_a_filter_stay_values() -> None:
    hostile = 'zh" or number >= 0 or language == "en\\'
    assert expression_of(filter_of({"language": hostile})) == (
        '(language in ["zh\\" or number >= 0 or language == \\"en\\\\"])'
    )
    wanted = expression_of(filter_of({"metadata": {'a" or 1': "b"}, "heading": "50% of_it"}))
    assert 'a"' not in wanted and "50\uff05 of\uff3fit" in wanted


@pytest.mark.parametrize(
    ("said", "first", "last"),
    [("May 2021", 0, 0), ("3 May 2021", 20210503, 20210503), ("2021年8月", 20210800, 20210899), ("soon", 0, 0)],
)
def test_a_date_that_a_program_says_in_words_is_read_or_left_out(said: str, first: int, last: int) -> None:
    assert days(said) == (first, last)


def test_words_are_sent_as_runs_that_no_tokenizer_divides() -> None:
    [sent] = analysed(["The quibbles of Müller, 茶园 и чай."])
    assert sent.isascii() and sent.replace(" ", "").isalnum()
    assert sent.split()[1] == "quibbl"  # as the folder's words are stemmed
    assert analysed(["!?"]) == ["u0u"]


def test_a_head_is_read_as_it_was_written_and_sees_what_is_done() -> None:
    sums = (LanguageSum("zh", 3, np.array([0.1, 1 / 3])),)
    head = Head("words", 7, 2, 5, {3: 1.5}, {version_of(2, 1): 2.5}, sums, 4, sums)
    again = Head.read(head.written())
    assert again.languages[0].total.tolist() == [0.1, 1 / 3]
    assert again.written() == head.written()
    seen = [(change, at) for change in range(1, 7) for at in range(3) if head.sees(version_of(change, at))]
    assert seen == [(1, 0), (1, 1), (1, 2), (2, 0), (2, 2), (4, 0), (4, 1), (4, 2)]
    assert within([5, 4, 9]).count("number >=") == 2
