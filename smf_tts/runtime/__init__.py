"""What speaks: a voice package, the synthesizer and its output; numpy and onnxruntime only."""
