package dev.headroom.model.architecture;

import java.util.Arrays;
import java.util.Optional;

/** The linear layers of a Llama-like decoder layer, in the order in which their modules are registered. */
public enum Projection {
    Q("self_attn.q_proj", Group.ATTENTION),
    K("self_attn.k_proj", Group.ATTENTION),
    V("self_attn.v_proj", Group.ATTENTION),
    O("self_attn.o_proj", Group.ATTENTION),
    GATE("mlp.gate_proj", Group.MLP),
    UP("mlp.up_proj", Group.MLP),
    DOWN("mlp.down_proj", Group.MLP);

    /** The half of a decoder layer a projection belongs to. */
    public enum Group {
        ATTENTION,
        MLP
    }

    private final String path;
    private final Group group;

    Projection(String path, Group group) {
        this.path = path;
        this.group = group;
    }

    /** Path below the decoder layer, such as {@code self_attn.q_proj}. */
    public String path() {
        return path;
    }

    /** The module's own name, such as {@code q_proj}. */
    public String moduleName() {
        return path.substring(path.indexOf('.') + 1);
    }

    public Group group() {
        return group;
    }

    /** Elements of the input vector. */
    public long inputs(Architecture architecture) {
        return switch (this) {
            case Q, K, V, GATE, UP -> architecture.hiddenSize();
            case O ->
                architecture.attention().query() * architecture.attention().dimension();
            case DOWN -> architecture.intermediateSize();
        };
    }

    /** Elements of the output vector. */
    public long outputs(Architecture architecture) {
        return switch (this) {
            case Q ->
                architecture.attention().query() * architecture.attention().dimension();
            case K, V ->
                architecture.attention().keyValue() * architecture.attention().dimension();
            case O, DOWN -> architecture.hiddenSize();
            case GATE, UP -> architecture.intermediateSize();
        };
    }

    public boolean hasBias(Architecture architecture) {
        return switch (this) {
            case Q, K, V -> architecture.biases().queryKeyValue();
            case O -> architecture.biases().attentionOutput();
            case GATE, UP, DOWN -> architecture.biases().mlp();
        };
    }

    /** Finds a projection by its module name, such as {@code q_proj}. */
    public static Optional<Projection> named(String moduleName) {
        return Arrays.stream(values())
                .filter(projection -> projection.moduleName().equals(moduleName))
                .findFirst();
    }
}
