"""Torch modules: text encoder, durations and aligner, mel decoder, vocoder.

Letters for shapes: B batch, T mel frames, L tokens, M mel bins, C and D channels.
"""
