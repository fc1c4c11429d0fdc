package dev.headroom.model.pytorch.peft;

import dev.headroom.model.architecture.Architecture;
import dev.headroom.model.architecture.Architecture.AttentionHeads;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.pytorch.transformers.KeyValueCache;
import dev.headroom.model.pytorch.transformers.LanguageModel;
import dev.headroom.model.pytorch.transformers.LanguageModel.LossReduction;
import dev.headroom.model.pytorch.transformers.LanguageModel.Output;
import dev.headroom.model.pytorch.transformers.ModelInput;
import dev.headroom.model.quantity.DType;
import dev.headroom.model.quantity.Extent;
import dev.headroom.model.quantity.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Keys and values of every layer in one table, from which the model's cache begins.
 *
 * <p>Source: peft 0.21, {@code tuners/prefix_tuning/model.py}, PrefixEncoder without projection; {@code peft_model.py},
 * {@code get_prompt}; {@code utils/other.py}, {@code _prepare_prompt_learning_config}; transformers 5.17,
 * {@code cache_utils.py}, {@code DynamicCache.__init__}.
 */
final class PrefixEncoder extends VirtualTokens {
    /** Models whose cache is made with their configuration, so that its layers slide as theirs do. */
    private static final Set<String> MODELS_OF_SLIDING_CACHES = Set.of("gemma2", "gemma3_text");

    private final Architecture architecture;
    private final DType dtype;

    PrefixEncoder(LoadedModel model, int count) {
        super(model.aten(), weights(model, count), count);
        this.architecture = model.architecture();
        this.dtype = model.dtype();
    }

    private static AdapterWeights weights(LoadedModel model, int count) {
        AttentionHeads heads = model.architecture().attention();
        long width = 2L * model.architecture().layers() * heads.keyValue() * heads.dimension();
        return new AdapterWeights(model.aten().autograd(), ENCODER).make(TABLE, Shape.of(count, width));
    }

    @Override
    Output call(LanguageModel model, Tensor ids, Shape maskShape, Frame frame, LossReduction reduction) {
        ModelInput input = new ModelInput(ids, false, maskShape, DType.FLOAT32);
        return model.run(input, cache(ids.shape().dimension(0)), reduction);
    }

    private KeyValueCache cache(Extent batch) {
        try (Frame frame = aten().autograd().frame()) {
            Tensor past = frame.let(aten().inModule(ENCODER, numbers(batch), this::embedded));
            past = frame.replace(past, aten().to(past, dtype));
            past = frame.replace(past, aten().view(past, byLayer(batch)));
            List<Tensor> layers = new ArrayList<>();
            for (Tensor layer : aten().splitFirst(permuted(past, batch), architecture.layers())) {
                layers.add(frame.let(layer));
            }
            frame.drop(past);
            boolean slides = MODELS_OF_SLIDING_CACHES.contains(architecture.modelType());
            if (slides) {
                frame.let(aten().autograd().allocate(Shape.of(count()), DType.INT64, "aten::arange"));
            }
            KeyValueCache cache =
                    slides ? KeyValueCache.of(aten(), architecture) : KeyValueCache.withoutWindows(aten());
            for (Tensor layer : layers) {
                Tensor[] pair = aten().unbind(slides ? layer : aten().slice(layer, layer.shape()));
                cache.begin(new KeyValueCache.Entry(pair[0], pair[1]));
            }
            return cache;
        }
    }

    private Shape byLayer(Extent batch) {
        AttentionHeads heads = architecture.attention();
        return Shape.of(
                batch,
                count(),
                Extent.of(2L * architecture.layers()),
                Extent.of(heads.keyValue()),
                Extent.of(heads.dimension()));
    }

    /** {@code past.permute([2, 0, 3, 1, 4])}: layers, sequences, heads, tokens. */
    private Tensor permuted(Tensor past, Extent batch) {
        AttentionHeads heads = architecture.attention();
        return aten().permute(
                        past,
                        Shape.of(
                                Extent.of(2L * architecture.layers()),
                                batch,
                                Extent.of(heads.keyValue()),
                                count(),
                                Extent.of(heads.dimension())));
    }
}
