package dev.headroom.model.samediff.network;

import dev.headroom.model.architecture.Architecture;
import dev.headroom.model.architecture.Architecture.AttentionHeads;
import dev.headroom.model.architecture.Family;
import dev.headroom.model.architecture.WeightedModule;
import dev.headroom.model.job.ResolvedJob;
import dev.headroom.model.method.Lora;
import dev.headroom.model.quantity.DType;
import dev.headroom.model.quantity.Extent;
import dev.headroom.model.quantity.Shape;
import dev.headroom.model.samediff.graph.Filling;
import dev.headroom.model.samediff.graph.Graph;
import dev.headroom.model.training.TrainingLoop;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A decoder like Llama's, with full fine-tuning or LoRA, as one writes it for SameDiff: tokens of all sequences in one
 * dimension, grouped queries against shared keys, no fused kernels.
 *
 * @param <V> a variable of the graph it is written into
 */
public final class LlamaNetwork<V> {
    /** Name of the placeholder of the token ids. */
    public static final String TOKENS = "tokens";

    /** Name of the placeholder of the tokens to be predicted. */
    public static final String LABELS = "labels";

    /** The module that computes the loss. */
    public static final String LOSS = "loss";

    private static final double DEVIATION = 0.02;
    private static final double ROTARY_BASE = 10_000;
    private static final double EPSILON = 1e-5;

    private final Graph<V> graph;
    private final Architecture model;
    private final DType type;
    private final Extent batch;
    private final Extent length;
    private final Extent tokens;
    private final Optional<Lora> lora;
    private final boolean skipsFrozenGradients;
    private final Map<String, WeightedModule> modules = new HashMap<>();
    private final Set<String> targets = new HashSet<>();
    private final Map<String, V> tables = new HashMap<>();

    private LlamaNetwork(Graph<V> graph, ResolvedJob resolved) {
        this.graph = graph;
        this.model = resolved.architecture();
        this.type = resolved.job().precision().weights();
        this.batch = Extent.batch(resolved.job().batch().microBatch());
        this.length = Extent.sequence(resolved.job().batch().sequenceLength());
        this.tokens = batch.times(length);
        this.skipsFrozenGradients = resolved.job().trainingLoop() == TrainingLoop.SKIPS_FROZEN_GRADIENTS;
        model.modules().forEach(module -> modules.put(module.path(), module));
        this.lora = resolved.job().method() instanceof Lora method ? Optional.of(method) : Optional.empty();
        lora.ifPresent(method -> method.targets().modules(model).forEach(module -> targets.add(module.path())));
    }

    /**
     * Writes a job's network into a graph.
     *
     * @return the loss of each token
     */
    public static <V> V build(Graph<V> graph, ResolvedJob job) {
        return new LlamaNetwork<>(graph, job).build();
    }

    private V build() {
        graph.enter("model.embed_tokens");
        V ids = graph.placeholder(TOKENS, Shape.of(tokens), DType.INT32);
        graph.enter(LOSS);
        V labels = graph.placeholder(LABELS, Shape.of(tokens), DType.INT32);
        makeTables();
        graph.enter("model.embed_tokens");
        V embedding = weight("model.embed_tokens");
        V stream = graph.gather(embedding, ids);
        for (int i = 0; i < model.layers(); i++) {
            stream = layer("model.layers." + i, stream);
        }
        stream = norm("model.norm", stream);
        V logits = head(stream, embedding);
        if (type != DType.FLOAT32) {
            logits = graph.cast(logits, DType.FLOAT32);
        }
        graph.enter(LOSS);
        return graph.crossEntropy(logits, labels);
    }

    private void makeTables() {
        AttentionHeads heads = model.attention();
        Shape rotations = Shape.of(Extent.ONE, Extent.ONE, length, Extent.of(heads.dimension() / 2));
        Shape visible = Shape.of(Extent.ONE, Extent.ONE, Extent.ONE, length, length);
        graph.enter("model.rotary_emb");
        tables.put("cos", graph.constant("cos", rotations, type, new Filling.Rotations(false, ROTARY_BASE)));
        tables.put("sin", graph.constant("sin", rotations, type, new Filling.Rotations(true, ROTARY_BASE)));
        graph.enter("model");
        long window = heads.slidingWindow().orElse(Long.MAX_VALUE);
        tables.put("mask", graph.constant("mask", visible, type, new Filling.CausalMask(window)));
    }

    private V table(String name) {
        V table = tables.get(name);
        if (table == null) {
            throw new IllegalArgumentException("name (%s) is no table".formatted(name));
        }
        return graph.again(table);
    }

    private V layer(String path, V stream) {
        V attended = attention(path + ".self_attn", norm(path + ".input_layernorm", stream));
        graph.enter(path);
        V between = graph.add(stream, attended);
        V transformed = mlp(path + ".mlp", norm(path + ".post_attention_layernorm", between));
        graph.enter(path);
        return graph.add(between, transformed);
    }

    private V norm(String path, V x) {
        graph.enter(path);
        V weight = weight(path);
        V variance = graph.shift(graph.meanOfLast(graph.square(x)), EPSILON);
        return graph.multiply(graph.divide(x, graph.squareRoot(variance)), weight);
    }

    private V attention(String path, V x) {
        AttentionHeads heads = model.attention();
        Extent size = Extent.of(heads.dimension());
        Extent groups = Extent.of(heads.keyValue());
        Extent queriesOfGroup = length.times(heads.groupSize());
        V query = heads(linear(path + ".q_proj", x), path, heads.query());
        V key = heads(linear(path + ".k_proj", x), path, heads.keyValue());
        V value = heads(linear(path + ".v_proj", x), path, heads.keyValue());
        graph.enter(path);
        V rotated = graph.reshape(rotate(query, heads.query()), Shape.of(batch, groups, queriesOfGroup, size));
        V scores = graph.scale(
                graph.matmul(rotated, rotate(key, heads.keyValue()), true), 1 / Math.sqrt((double) heads.dimension()));
        Shape byQuery = Shape.of(batch, groups, Extent.of(heads.groupSize()), length, length);
        V masked = graph.add(graph.reshape(scores, byQuery), table("mask"));
        V weights = graph.reshape(graph.softmax(masked), Shape.of(batch, groups, queriesOfGroup, length));
        V mixed = graph.reshape(
                graph.matmul(weights, value, false), Shape.of(batch, Extent.of(heads.query()), length, size));
        Shape joined = Shape.of(tokens, Extent.of(heads.query() * heads.dimension()));
        return linear(path + ".o_proj", graph.reshape(graph.permute(mixed, 0, 2, 1, 3), joined));
    }

    /** [tokens, heads · size] to [b, heads, s, size]. */
    private V heads(V x, String path, long count) {
        graph.enter(path);
        Shape split = Shape.of(
                batch, length, Extent.of(count), Extent.of(model.attention().dimension()));
        return graph.permute(graph.reshape(x, split), 0, 2, 1, 3);
    }

    /** Rotary positions: each half of a head turned by the other. */
    private V rotate(V x, long count) {
        long half = model.attention().dimension() / 2;
        Shape size = Shape.of(batch, Extent.of(count), length, Extent.of(half));
        V first = graph.slice(x, List.of(0L, 0L, 0L, 0L), size);
        V second = graph.slice(x, List.of(0L, 0L, 0L, half), size);
        V left = graph.subtract(graph.multiply(first, table("cos")), graph.multiply(second, table("sin")));
        V right = graph.add(graph.multiply(second, table("cos")), graph.multiply(first, table("sin")));
        return graph.concatenate(left, right);
    }

    private V mlp(String path, V x) {
        V gate = linear(path + ".gate_proj", x);
        V up = linear(path + ".up_proj", x);
        graph.enter(path);
        return linear(path + ".down_proj", graph.multiply(graph.swish(gate), up));
    }

    private V head(V x, V embedding) {
        if (!model.tiedEmbeddings()) {
            return linear(Family.HEAD, x);
        }
        graph.enter(Family.HEAD);
        if (lora.isEmpty()) {
            return graph.matmul(x, embedding, true);
        }
        V shared = graph.again(embedding);
        return skipsFrozenGradients ? graph.matmulFrozen(x, shared, true) : graph.matmul(x, shared, true);
    }

    private V linear(String path, V x) {
        graph.enter(path);
        WeightedModule module = module(path);
        Shape shape = Shape.of(module.inputs(), module.outputs());
        V weight = weight("weight", shape, new Filling.Noise(DEVIATION));
        V y = lora.isPresent() && skipsFrozenGradients
                ? graph.matmulFrozen(x, weight, false)
                : graph.matmul(x, weight, false);
        if (module.weights().size() > 1) {
            y = graph.add(y, weight("bias", Shape.of(module.outputs()), new Filling.Zeros()));
        }
        return targets.contains(path) ? graph.add(y, update(lora.orElseThrow(), path, x, module)) : y;
    }

    /** LoRA's product of the input with two narrow matrices, scaled by 16 / r, as lora_alpha is 16. */
    private V update(Lora method, String path, V x, WeightedModule module) {
        long rank = method.rank();
        double kept = 1 - method.dropout();
        graph.enter(path + ".lora_A");
        V down = graph.variable(
                "weight", Shape.of(module.inputs(), rank), type, new Filling.Noise(DEVIATION), Graph.Role.ADAPTER);
        V input = x;
        if (method.dropout() > 0) {
            Shape shape = Shape.of(tokens, Extent.of(module.inputs()));
            input = graph.multiply(x, graph.bernoulli(shape, type, kept));
        }
        V narrow = graph.matmul(input, down, false);
        graph.enter(path + ".lora_B");
        V up = graph.variable(
                "weight", Shape.of(rank, module.outputs()), type, new Filling.Zeros(), Graph.Role.ADAPTER);
        V wide = graph.scale(graph.matmul(narrow, up, false), 16.0 / rank / kept);
        graph.enter(path);
        return wide;
    }

    /** The only weight of a module. */
    private V weight(String path) {
        WeightedModule module = module(path);
        Long[] dimensions = module.weights().get(0).shape().toArray(Long[]::new);
        Shape shape = dimensions.length == 1 ? Shape.of((long) dimensions[0]) : Shape.of(dimensions[0], dimensions[1]);
        boolean norm = module.kind() == WeightedModule.Kind.NORM;
        return weight("weight", shape, norm ? new Filling.Ones() : new Filling.Noise(DEVIATION));
    }

    private V weight(String name, Shape shape, Filling filling) {
        return lora.isPresent()
                ? graph.constant(name, shape, type, filling)
                : graph.variable(name, shape, type, filling, Graph.Role.WEIGHT);
    }

    private WeightedModule module(String path) {
        WeightedModule module = modules.get(path);
        if (module == null) {
            throw new IllegalArgumentException("path (%s) is no module of %s".formatted(path, model.modelType()));
        }
        return module;
    }
}
