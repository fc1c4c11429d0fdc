package dev.headroom.model.pytorch.nn;

import dev.headroom.model.architecture.Architecture;
import dev.headroom.model.architecture.Architecture.AttentionHeads;
import dev.headroom.model.architecture.Projection;
import dev.headroom.model.job.FineTuningJob;
import dev.headroom.model.job.ResolvedJob;
import dev.headroom.model.method.Lora;
import dev.headroom.model.program.Category;
import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.aten.ScaledDotProductAttention;
import dev.headroom.model.pytorch.autograd.Autograd;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.quantity.DType;
import dev.headroom.model.quantity.Shape;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Builds a model on the device, weight by weight in the order in which its modules are constructed, then adds the
 * adapter. The order decides which holes the load leaves in the allocator's segments.
 *
 * <p>Source: transformers 5.17, {@code modeling_llama.py} constructors; peft 0.21, {@code tuners/tuners_utils.py} and
 * {@code lora/layer.py}, {@code update_layer}, {@code _move_adapter_to_device_of_base_layer}, {@code cast_adapter_dtype}.
 */
public final class ModelLoader {
    private static final DType MASTER = DType.FLOAT32;

    private final Aten aten;
    private final Autograd autograd;
    private final ResolvedJob resolved;
    private final Architecture architecture;
    private final DType dtype;
    private final boolean full;
    private final List<Tensor> trainable = new ArrayList<>();
    private final List<LinearLayer> targets = new ArrayList<>();

    private ModelLoader(Aten aten, ResolvedJob resolved) {
        this.aten = aten;
        this.autograd = aten.autograd();
        this.resolved = resolved;
        this.architecture = resolved.architecture();
        this.dtype = resolved.job().precision().weights();
        this.full = !(resolved.job().method() instanceof Lora);
    }

    /** Loads the model of a job. */
    public static CausalLanguageModel load(Aten aten, ResolvedJob resolved) {
        return new ModelLoader(aten, resolved).load();
    }

    private CausalLanguageModel load() {
        FineTuningJob job = resolved.job();
        Architecture model = architecture;
        AttentionHeads heads = model.attention();
        Tensor embedding = weight("model.embed_tokens", Shape.of(model.vocabularySize(), model.hiddenSize()));
        RotaryEmbedding rotary = new RotaryEmbedding(aten, heads.dimension());
        ScaledDotProductAttention fused = new ScaledDotProductAttention(aten, resolved.computeCapability());
        List<DecoderLayer> layers = new ArrayList<>();
        for (int i = 0; i < model.layers(); i++) {
            layers.add(layer(i, fused, rotary));
        }
        RmsNorm norm = new RmsNorm(aten, "model.norm", weight("model.norm", Shape.of(model.hiddenSize())));
        inverseFrequencies();
        Tensor head = head(embedding);
        if (job.method() instanceof Lora lora) {
            inject(lora);
        }
        return new CausalLanguageModel(
                aten,
                embedding,
                layers,
                norm,
                head,
                rotary,
                new CausalMask(autograd, job.attention(), job.batch().padded(), heads.slidingWindow()),
                new CausalLanguageModel.ModelOptions(job.checkpointing(), !full, job.useCache()),
                trainable);
    }

    private Tensor weight(String path, Shape shape) {
        return weight(path, shape, dtype, full ? Category.TRAINABLE_WEIGHTS : Category.FROZEN_WEIGHTS, full);
    }

    private Tensor weight(String path, Shape shape, DType type, Category category, boolean trains) {
        Tensor weight = keep(path, shape, type, category);
        if (trains) {
            train(weight);
        }
        return weight;
    }

    private Tensor keep(String path, Shape shape, DType type, Category category) {
        try (Frame frame = autograd.enterModule(path)) {
            return autograd.own(autograd.allocate(shape, type, "parameter", category));
        }
    }

    private void train(Tensor weight) {
        autograd.requireGradient(weight);
        trainable.add(weight);
    }

    private DecoderLayer layer(int index, ScaledDotProductAttention fused, RotaryEmbedding rotary) {
        String path = "model.layers." + index;
        Map<Projection, LinearLayer> linears = new EnumMap<>(Projection.class);
        for (Projection projection : Projection.values()) {
            linears.put(projection, linear(path + "." + projection.path(), projection));
        }
        RmsNorm inputNorm = norm(path + ".input_layernorm");
        RmsNorm postNorm = norm(path + ".post_attention_layernorm");
        Attention attention = new Attention(
                aten,
                path + ".self_attn",
                architecture.attention(),
                resolved.job().attention(),
                fused,
                rotary,
                get(linears, Projection.Q),
                get(linears, Projection.K),
                get(linears, Projection.V),
                get(linears, Projection.O));
        GatedMlp mlp = new GatedMlp(
                aten,
                path + ".mlp",
                get(linears, Projection.GATE),
                get(linears, Projection.UP),
                get(linears, Projection.DOWN));
        return new DecoderLayer(aten, path, inputNorm, attention, postNorm, mlp);
    }

    private static LinearLayer get(Map<Projection, LinearLayer> linears, Projection projection) {
        LinearLayer layer = linears.get(projection);
        if (layer == null) {
            throw new IllegalStateException("no layer " + projection);
        }
        return layer;
    }

    private RmsNorm norm(String path) {
        return new RmsNorm(aten, path, weight(path, Shape.of(architecture.hiddenSize())));
    }

    private LinearLayer linear(String path, Projection projection) {
        long outputs = projection.outputs(architecture);
        Tensor weight = weight(path, Shape.of(outputs, projection.inputs(architecture)));
        @Nullable Tensor bias = projection.hasBias(architecture) ? weight(path, Shape.of(outputs)) : null;
        LinearLayer layer = new LinearLayer(aten, path, weight, bias);
        if (resolved.job().method() instanceof Lora lora
                && lora.targets().projections().contains(projection)) {
            targets.add(layer);
        }
        return layer;
    }

    /**
     * The rotary module's two buffers, computed once when it is constructed and once when weights are initialised.
     */
    private void inverseFrequencies() {
        Shape half = Shape.of(architecture.attention().dimension() / 2);
        try (Frame frame = autograd.enterModule("model.rotary_emb")) {
            autograd.own(computeFrequencies(half));
            autograd.own(autograd.allocate(half, MASTER, "buffer", Category.FROZEN_WEIGHTS));
            autograd.useUp(computeFrequencies(half));
        }
    }

    private Tensor computeFrequencies(Shape half) {
        Tensor range = autograd.allocate(half, MASTER, "aten::arange", Category.FROZEN_WEIGHTS);
        Tensor quotient = autograd.allocate(half, MASTER, "aten::div", Category.FROZEN_WEIGHTS);
        autograd.useUp(range);
        Tensor power = autograd.allocate(half, MASTER, "aten::pow", Category.FROZEN_WEIGHTS);
        autograd.useUp(autograd.allocate(Shape.SCALAR, DType.INT64, "aten::scalar_tensor", Category.FROZEN_WEIGHTS));
        autograd.useUp(quotient);
        Tensor reciprocal = autograd.allocate(half, MASTER, "aten::reciprocal", Category.FROZEN_WEIGHTS);
        Tensor result = autograd.allocate(half, MASTER, "aten::mul", Category.FROZEN_WEIGHTS);
        autograd.useUp(reciprocal);
        autograd.useUp(power);
        return result;
    }

    /** The output head; with tied embeddings its own matrix is allocated, then dropped. */
    private Tensor head(Tensor embedding) {
        Shape shape = Shape.of(architecture.vocabularySize(), architecture.hiddenSize());
        if (!architecture.tiedEmbeddings()) {
            return weight("lm_head", shape);
        }
        autograd.useUp(autograd.allocate(shape, dtype, "parameter", Category.FROZEN_WEIGHTS));
        return embedding;
    }

    /** Adapter weights are made in float32, moved to the base's type, and at the end cast up to float32 again. */
    private void inject(Lora lora) {
        List<LoraAdapter> adapters = new ArrayList<>();
        for (LinearLayer layer : targets) {
            String path = layer.path();
            long inputs = layer.weight().shape().dimension(1).value();
            long outputs = layer.weight().shape().dimension(0).value();
            Tensor down = adapterWeight(path + ".lora_A", Shape.of(lora.rank(), inputs), MASTER);
            Tensor up = adapterWeight(path + ".lora_B", Shape.of(outputs, lora.rank()), MASTER);
            LoraAdapter adapter = new LoraAdapter(aten, path, down, up, lora.dropout() > 0);
            cast(adapter, dtype);
            layer.adapt(adapter);
            adapters.add(adapter);
        }
        for (LoraAdapter adapter : adapters) {
            cast(adapter, MASTER);
            train(adapter.down());
            train(adapter.up());
        }
    }

    private Tensor adapterWeight(String path, Shape shape, DType type) {
        return keep(path, shape, type, Category.ADAPTERS);
    }

    private void cast(LoraAdapter adapter, DType type) {
        if (adapter.down().dtype() == type) {
            return;
        }
        Tensor down = adapterWeight(adapter.path() + ".lora_A", adapter.down().shape(), type);
        autograd.release(adapter.down());
        adapter.setDown(down);
        Tensor up = adapterWeight(adapter.path() + ".lora_B", adapter.up().shape(), type);
        autograd.release(adapter.up());
        adapter.setUp(up);
    }
}
