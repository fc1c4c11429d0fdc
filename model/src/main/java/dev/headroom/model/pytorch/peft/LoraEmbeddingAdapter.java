package dev.headroom.model.pytorch.peft;

import dev.headroom.model.architecture.WeightedModule;
import dev.headroom.model.method.Lora;
import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.aten.LinearAlgebra;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.pytorch.nn.EmbeddingAdapter;
import dev.headroom.model.quantity.DType;
import dev.headroom.model.quantity.Extent;
import dev.headroom.model.quantity.Shape;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * LoRA's matrices beside the embedding's table: {@code result + embedding(ids, A.T) @ B.T * scaling}. The gradient of A comes
 * in the order of its transpose, so that A takes a copy of it. Inputs are ids, which are never dropped.
 *
 * <p>Source: peft 0.21, {@code peft/tuners/lora/layer.py}, {@code Embedding.update_layer}, {@code Embedding.forward}.
 */
final class LoraEmbeddingAdapter implements EmbeddingAdapter, TrainedWeights {
    private static final String DOWN = "lora_embedding_A";
    private static final String UP = "lora_embedding_B";

    private final Aten aten;
    private final AdapterWeights weights;
    /** What the embedding multiplies its rows by, if it does. */
    private final @Nullable Tensor embedScale;

    LoraEmbeddingAdapter(LoadedModel model, Lora method, WeightedModule embedding) {
        Extent rank = method.lengthOf(embedding.path());
        this.aten = model.aten();
        this.embedScale = model.weights().all().get(embedding.path() + ".embed_scale");
        this.weights = new AdapterWeights(aten.autograd(), embedding.path())
                .make(DOWN, Shape.of(rank, Extent.of(embedding.outputs())))
                .make(UP, Shape.of(Extent.of(embedding.inputs()), rank));
    }

    @Override
    public AdapterWeights weights() {
        return weights;
    }

    @Override
    public void move(DType type) {
        weights.castTogether(type);
    }

    @Override
    public Tensor forward(Tensor ids, UnaryOperator<Tensor> base) {
        try (Frame frame = aten.autograd().frame()) {
            Tensor result = frame.let(base.apply(ids));
            DType resultType = result.dtype();
            Tensor down = weights.get(DOWN);
            Tensor table = frame.let(aten.permute(down, down.shape().transposed(0, 1)));
            Tensor up = frame.let(aten.transpose(weights.get(UP)));
            Tensor rows = frame.let(aten.embedding(ids, table));
            Tensor update = frame.let(aten.scale(new LinearAlgebra(aten).product(rows, up)));
            if (embedScale != null) {
                update = frame.replace(update, aten.multiply(update, aten.to(embedScale, update.dtype())));
            }
            result = frame.replace(result, aten.add(result, update));
            result = frame.replace(result, aten.to(result, resultType));
            return frame.returning(result);
        }
    }
}
