package dev.headroom.model.pytorch.nn;

import dev.headroom.model.pytorch.autograd.Tensor;
import java.util.function.UnaryOperator;

/** What a fine-tuning method puts in the place of the input embedding. */
public interface EmbeddingAdapter {
    /**
     * The output of the wrapped embedding.
     *
     * @param ids token ids, shape [b, s]
     * @param base calls the embedding itself
     */
    Tensor forward(Tensor ids, UnaryOperator<Tensor> base);
}
