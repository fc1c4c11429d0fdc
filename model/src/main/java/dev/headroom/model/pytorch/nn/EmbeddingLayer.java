package dev.headroom.model.pytorch.nn;

import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.autograd.Tensor;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** The module that makes embeddings of token ids. */
public final class EmbeddingLayer {
    private final Aten aten;
    private final String path;
    private final UnaryOperator<Tensor> lookup;
    private @Nullable EmbeddingAdapter adapter;

    /**
     * @param path name of the module, such as {@code model.embed_tokens}
     * @param lookup from ids of shape [b, s] to embeddings
     */
    public EmbeddingLayer(Aten aten, String path, UnaryOperator<Tensor> lookup) {
        this.aten = aten;
        this.path = path;
        this.lookup = lookup;
    }

    /** Wraps the module. */
    public void adapt(EmbeddingAdapter newAdapter) {
        adapter = newAdapter;
    }

    /** Calls the module. */
    public Tensor forward(Tensor ids) {
        EmbeddingAdapter wrapper = adapter;
        return wrapper == null
                ? aten.inModule(path, ids, lookup)
                : aten.inModule(path, ids, input -> wrapper.forward(input, this::base));
    }

    private Tensor base(Tensor ids) {
        return aten.inModule(path + ".base_layer", ids, lookup);
    }
}
