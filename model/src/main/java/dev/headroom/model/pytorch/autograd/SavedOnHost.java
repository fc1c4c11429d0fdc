package dev.headroom.model.pytorch.autograd;

/**
 * A copy of a tensor in pinned memory of the host, in the place of the tensor. Asked for, it comes back as a new tensor on the
 * card, which is the result of the same function.
 *
 * <p>Source: PyTorch 2.11, {@code torch/autograd/graph.py}, {@code save_on_cpu} with {@code pin_memory}; {@code
 * torch/csrc/autograd/saved_variable.cpp}, {@code SavedVariable::unpack}.
 */
final class SavedOnHost extends SavedTensor {
    private final Tensor original;
    private final int block;

    SavedOnHost(Autograd autograd, Tensor tensor) {
        this.original = tensor;
        this.block = autograd.recorder().pin(tensor.shape, tensor.dtype);
    }

    @Override
    Tensor unpack(Autograd autograd) {
        Tensor copy = autograd.own(autograd.allocate(original.shape, original.dtype, "aten::_to_copy"));
        Node node = original.gradientFunction;
        if (node != null) {
            copy.gradientFunction = node;
            copy.outputNumber = original.outputNumber;
            node.references++;
        }
        copy.trainableLeaf = original.trainableLeaf;
        return copy;
    }

    @Override
    void repack(Autograd autograd, Tensor unpacked) {
        autograd.release(unpacked);
    }

    @Override
    void release(Autograd autograd) {
        autograd.recorder().unpin(block);
    }
}
