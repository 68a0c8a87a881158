"""The network behind one interface: ONNX Runtime, or PyTorch as the reference."""
