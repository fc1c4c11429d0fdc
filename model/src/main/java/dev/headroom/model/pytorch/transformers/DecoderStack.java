package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.job.ResolvedJob;
import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * Embedding, positions, mask, layers and a last norm, as every decoder of Transformers has them. Source: transformers 5.17,
 * {@code modeling_llama.py}, LlamaModel, and its like.
 */
final class DecoderStack implements Decoder {
    private final Aten aten;
    private final Parts parts;
    private final CausalMask causalMask;
    private final LayerCheckpointing checkpointing;

    /**
     * What differs from one architecture to the next.
     *
     * @param path name of the decoder's module, such as {@code model}
     * @param embeddingName name of the embedding within it
     * @param embedding the table of embeddings
     * @param norm the norm after the last layer
     */
    record Parts(
            String path,
            String embeddingName,
            Tensor embedding,
            PositionScheme positions,
            List<? extends Layer> layers,
            UnaryOperator<Tensor> norm) {}

    DecoderStack(Aten aten, ResolvedJob resolved, Parts parts) {
        this.aten = aten;
        this.parts = parts;
        this.causalMask = new CausalMask(
                aten.autograd(),
                resolved.job().attention(),
                resolved.job().batch().padded(),
                resolved.architecture().attention().slidingWindow());
        this.checkpointing =
                new LayerCheckpointing(aten.autograd(), resolved.job().checkpointing());
    }

    @Override
    public Tensor hiddenStates(Tensor ids, KeyValueCache cache) {
        try (Frame frame = aten.autograd().enterModule(parts.path())) {
            Tensor embeds = frame.let(aten.inModule(
                    parts.path() + "." + parts.embeddingName(), ids, x -> aten.embedding(x, parts.embedding())));
            checkpointing.prepare(embeds);
            Tensor numbers = frame.let(parts.positions().numbers(ids));
            Tensor mask = causalMask
                    .create(ids.shape().dimension(0), ids.shape().dimension(1), embeds.dtype())
                    .map(frame::let)
                    .orElse(null);
            PositionScheme.Entry entry = parts.positions().enter(embeds, numbers, frame);
            List<Tensor> shared = new ArrayList<>(entry.shared());
            shared.add(numbers);
            if (mask != null) {
                shared.add(mask);
            }
            Tensor hidden = entry.hidden();
            for (Layer layer : parts.layers()) {
                hidden = frame.replace(
                        hidden, checkpointing.run(hidden, shared, x -> layer.forward(x, entry.angles(), mask, cache)));
            }
            hidden = frame.replace(hidden, parts.norm().apply(hidden));
            return frame.returning(hidden);
        }
    }
}
