"""The voice demo in a browser, and the blind listening test; needs the extra `demo`."""
