package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.pytorch.nn.Weights;
import java.util.List;
import java.util.stream.LongStream;

/**
 * A layer norm of its own for each head of queries or keys. Source: transformers 5.17, {@code modeling_stablelm.py},
 * StableLmLayerNormPerHead.
 */
record NormsPerHead(Aten aten, String path, List<LayerNorm> norms) {
    static NormsPerHead of(Aten aten, String path, long heads, Weights weights) {
        return new NormsPerHead(
                aten,
                path,
                LongStream.range(0, heads)
                        .mapToObj(i -> LayerNorm.of(aten, path + ".norms." + i, weights))
                        .toList());
    }

    /**
     * @param x shape [b, heads, s, head dimension]
     */
    Tensor forward(Tensor x) {
        return aten.inModule(path, x, input -> {
            try (Frame frame = aten.autograd().frame()) {
                Tensor[] heads = aten.splitHeads(input);
                for (Tensor head : heads) {
                    frame.let(head);
                }
                Tensor[] normed = new Tensor[heads.length];
                for (int i = 0; i < heads.length; i++) {
                    normed[i] = norms.get(i).forward(heads[i]);
                }
                return aten.concatenateHeads(normed);
            }
        });
    }
}
