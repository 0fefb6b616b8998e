"""The same corpus, questions and models through Yiju and its peers, each in its own environment and process."""
