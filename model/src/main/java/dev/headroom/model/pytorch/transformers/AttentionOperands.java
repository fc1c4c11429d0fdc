package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Tensor;
import org.jspecify.annotations.Nullable;

/** Makes what attention takes: queries and keys that know their positions, and keys and values of the cache as well. */
interface AttentionOperands {
    /**
     * @param angles what queries and keys are turned by, if they are
     * @param frame the frame of the attention module, whose names all tensors become
     */
    AttentionInputs.Heads of(Tensor hidden, PositionScheme.@Nullable Angles angles, KeyValueCache cache, Frame frame);
}
