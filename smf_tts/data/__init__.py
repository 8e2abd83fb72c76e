"""Corpora: readers, preparation into Lhotse cuts with mels, and batches."""
