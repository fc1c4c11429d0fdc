package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.quantity.DType;
import dev.headroom.model.quantity.Extent;
import dev.headroom.model.quantity.Shape;
import java.util.function.UnaryOperator;

/**
 * What a model is called with: token ids or their embeddings, and an attention mask.
 *
 * @param value ids of shape [b, s], or embeddings of shape [b, s, hidden size]
 * @param embedded whether these are embeddings
 * @param maskShape shape of the attention mask, [b, keys]: longer than the tokens if keys and values of others came before
 * @param maskType type of the attention mask
 */
public record ModelInput(Tensor value, boolean embedded, Shape maskShape, DType maskType) {
    /** Token ids with a mask of whole numbers. */
    public static ModelInput ofIds(Tensor ids) {
        return new ModelInput(ids, false, ids.shape(), DType.INT64);
    }

    Extent batch() {
        return value.shape().dimension(0);
    }

    /** Tokens of each sequence. */
    Extent sequence() {
        return value.shape().dimension(1);
    }

    /** Keys that a query may see, those from before among them. */
    Extent keys() {
        return maskShape.dimension(1);
    }

    /** Whether keys and values came before these tokens. */
    boolean continues() {
        return keys().value() != sequence().value();
    }

    Tensor embeddings(UnaryOperator<Tensor> embed) {
        return embedded ? value : embed.apply(value);
    }
}
