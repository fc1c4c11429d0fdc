package dev.headroom.model.pytorch.autograd;

import org.jspecify.annotations.Nullable;

/** A tensor kept for backward, or what a saved-tensor hook made of it. */
abstract class SavedTensor {
    /** Gives the tensor back; the caller returns it with {@link #repack}. */
    abstract @Nullable Tensor unpack(Autograd autograd);

    /** Ends the use of an unpacked tensor. */
    abstract void repack(Autograd autograd, Tensor unpacked);

    abstract void release(Autograd autograd);

    /** Nothing was saved in this place. */
    static final SavedTensor NONE = new SavedTensor() {
        @Override
        @Nullable
        Tensor unpack(Autograd autograd) {
            return null;
        }

        @Override
        void repack(Autograd autograd, Tensor unpacked) {}

        @Override
        void release(Autograd autograd) {}
    };

    /** The tensor itself; only its storage is kept alive. */
    static final class Plain extends SavedTensor {
        private final Tensor tensor;

        Plain(Tensor tensor) {
            this.tensor = tensor;
            tensor.storage.references++;
        }

        @Override
        Tensor unpack(Autograd autograd) {
            return tensor;
        }

        @Override
        void repack(Autograd autograd, Tensor unpacked) {}

        @Override
        void release(Autograd autograd) {
            autograd.release(tensor.storage);
        }
    }

    /** The tensor itself, with the function it came from. */
    static final class Whole extends SavedTensor {
        private final Tensor tensor;

        Whole(Autograd autograd, Tensor tensor) {
            this.tensor = tensor;
            autograd.retain(tensor);
        }

        @Override
        Tensor unpack(Autograd autograd) {
            return tensor;
        }

        @Override
        void repack(Autograd autograd, Tensor unpacked) {}

        @Override
        void release(Autograd autograd) {
            autograd.release(tensor);
        }
    }

    /** What {@code torch.autograd.graph.saved_tensors_hooks} does to each tensor that is saved while it is active. */
    interface Hook {
        /** Takes over a tensor to be saved. */
        SavedTensor pack(Tensor tensor);
    }
}
