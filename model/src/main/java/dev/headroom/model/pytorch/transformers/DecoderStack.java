package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.job.FineTuningJob;
import dev.headroom.model.job.ResolvedJob;
import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.pytorch.nn.EmbeddingAdapter;
import dev.headroom.model.pytorch.nn.EmbeddingLayer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Embedding, positions, masks, layers and a last norm, as every decoder of Transformers has them. Source: transformers 5.17,
 * {@code modeling_llama.py}, LlamaModel, and its like.
 */
final class DecoderStack implements Decoder {
    private final Aten aten;
    private final Parts parts;
    private final EmbeddingLayer embedding;
    private final FineTuningJob job;
    private final LayerCheckpointing checkpointing;

    /**
     * What differs from one architecture to the next.
     *
     * @param path name of the decoder's module, such as {@code model}
     * @param embeddingName name of the embedding within it
     * @param embedding from token ids to embeddings
     * @param start what the decoder does to embeddings before anything else
     * @param kinds the kinds of layers whose masks are made, in that order, whether or not there are such layers
     * @param norm the norm after the last layer
     */
    record Parts(
            String path,
            String embeddingName,
            UnaryOperator<Tensor> embedding,
            UnaryOperator<Tensor> start,
            List<LayerKind> kinds,
            List<PlacedLayer> layers,
            UnaryOperator<Tensor> norm) {
        /** Whether any layer is of a kind; positions are computed for no others. */
        boolean has(LayerKind kind) {
            return layers.stream().anyMatch(layer -> layer.kind().equals(kind));
        }

        /** A decoder whose layers are all of one kind. */
        Parts(
                String path,
                String embeddingName,
                UnaryOperator<Tensor> embedding,
                LayerKind kind,
                List<? extends Layer> layers,
                UnaryOperator<Tensor> norm) {
            this(
                    path,
                    embeddingName,
                    embedding,
                    UnaryOperator.identity(),
                    List.of(kind),
                    layers.stream().map(layer -> new PlacedLayer(layer, kind)).toList(),
                    norm);
        }
    }

    /** A layer and its kind, one of the decoder's. */
    record PlacedLayer(Layer layer, LayerKind kind) {}

    DecoderStack(Aten aten, ResolvedJob resolved, Parts parts) {
        this.aten = aten;
        this.parts = parts;
        this.embedding = new EmbeddingLayer(aten, parts.path() + "." + parts.embeddingName(), parts.embedding());
        this.job = resolved.job();
        this.checkpointing =
                new LayerCheckpointing(aten.autograd(), resolved.job().checkpointing());
    }

    @Override
    public Tensor embed(Tensor ids) {
        Tensor embeds = embedding.forward(ids);
        checkpointing.prepare(embeds);
        return embeds;
    }

    @Override
    public void adaptEmbedding(EmbeddingAdapter adapter) {
        embedding.adapt(adapter);
    }

    @Override
    public Tensor hiddenStates(ModelInput input, KeyValueCache cache) {
        try (Frame frame = aten.autograd().enterModule(parts.path())) {
            Tensor embeds = frame.let(input.embeddings(this::embed));
            embeds = frame.replace(embeds, parts.start().apply(embeds));
            Tensor numbers = frame.let(parts.kinds().get(0).positions().numbers(input));
            Map<LayerKind, Tensor> maskOf = createMasks(embeds, input, frame);
            Map<PositionScheme, PositionScheme.Entry> entryOf = new HashMap<>();
            Tensor hidden = embeds;
            for (LayerKind kind : parts.kinds()) {
                if (!entryOf.containsKey(kind.positions()) && parts.has(kind)) {
                    PositionScheme.Entry entry = kind.positions().enter(embeds, numbers, frame);
                    hidden = entry.hidden();
                    entryOf.put(kind.positions(), entry);
                }
            }
            for (int i = 0; i < parts.layers().size(); i++) {
                PlacedLayer placed = parts.layers().get(i);
                PositionScheme.Entry entry =
                        Objects.requireNonNull(entryOf.get(placed.kind().positions()));
                @Nullable Tensor mask = maskOf.get(placed.kind());
                hidden = frame.replace(
                        hidden,
                        checkpointing.run(
                                i,
                                hidden,
                                shared(entry, placed.kind().positions().passesNumbersOn() ? numbers : null, mask),
                                x -> placed.layer().forward(x, entry.angles(), mask, cache)));
            }
            hidden = frame.replace(hidden, parts.norm().apply(hidden));
            return frame.returning(hidden);
        }
    }

    private Map<LayerKind, Tensor> createMasks(Tensor embeds, ModelInput input, Frame frame) {
        Map<LayerKind, Tensor> created = new HashMap<>();
        for (LayerKind kind : parts.kinds()) {
            CausalMask mask = new CausalMask(
                    aten.autograd(), job.attention(), job.batch().padded(), kind.slidingWindow(), kind.chunked());
            mask.create(input, embeds.dtype()).ifPresent(tensor -> created.put(kind, frame.let(tensor)));
        }
        return created;
    }

    private static List<Tensor> shared(PositionScheme.Entry entry, @Nullable Tensor numbers, @Nullable Tensor mask) {
        List<Tensor> shared = new ArrayList<>(entry.shared());
        if (numbers != null) {
            shared.add(numbers);
        }
        if (mask != null) {
            shared.add(mask);
        }
        return shared;
    }
}
