package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.job.ResolvedJob;
import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.pytorch.nn.Weights;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * A decoder whose layers are all of one kind, by the names of its modules.
 *
 * @param path the decoder, such as {@code model}
 * @param embedding the embedding within it
 * @param layers the list of layers within it
 * @param norm the norm after the last layer
 */
record UniformDecoder(String path, String embedding, String layers, String norm) {
    /** Names as in {@code modeling_llama.py}. */
    static final UniformDecoder LIKE_LLAMA = new UniformDecoder("model", "embed_tokens", "layers", "norm");

    /**
     * Puts the decoder together.
     *
     * @param layer makes the layer of a path
     * @param lastNorm makes the norm of a path
     */
    Decoder of(
            Aten aten,
            ResolvedJob resolved,
            Weights weights,
            LayerKind kind,
            Function<String, Layer> layer,
            Function<String, UnaryOperator<Tensor>> lastNorm) {
        List<Layer> all = new ArrayList<>();
        for (int i = 0; i < resolved.architecture().layers(); i++) {
            all.add(layer.apply(path + "." + layers + "." + i));
        }
        Tensor table = weights.get(path + "." + embedding + ".weight");
        return new DecoderStack(
                aten,
                resolved,
                new DecoderStack.Parts(
                        path,
                        embedding,
                        ids -> aten.embedding(ids, table),
                        kind,
                        all,
                        lastNorm.apply(path + "." + norm)));
    }
}
