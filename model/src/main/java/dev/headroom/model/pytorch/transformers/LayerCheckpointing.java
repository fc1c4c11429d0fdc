package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.pytorch.autograd.Autograd;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.training.Checkpointing;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * Runs decoder layers with or without gradient checkpointing. Source: transformers 5.17, {@code modeling_layers.py},
 * GradientCheckpointingLayer; {@code modeling_utils.py}, {@code gradient_checkpointing_enable}.
 */
final class LayerCheckpointing {
    private final Autograd autograd;
    private final Checkpointing kind;

    LayerCheckpointing(Autograd autograd, Checkpointing kind) {
        this.autograd = autograd;
        this.kind = kind;
    }

    /** With checkpointing, embeddings of a frozen table are made to require a gradient, so that layers have one to pass. */
    void prepare(Tensor embeddings) {
        if (kind != Checkpointing.NONE && !embeddings.requiresGradient()) {
            autograd.requireGradient(embeddings);
        }
    }

    /**
     * Runs one layer.
     *
     * @param shared tensors the layer is called with by name, beside the hidden states
     */
    Tensor run(Tensor hidden, List<Tensor> shared, UnaryOperator<Tensor> layer) {
        return run(hidden, List.of(), shared, layer);
    }

    /**
     * Runs one layer.
     *
     * @param arguments tensors the layer is called with by position, after the hidden states
     * @param shared tensors the layer is called with by name
     */
    Tensor run(Tensor hidden, List<Tensor> arguments, List<Tensor> shared, UnaryOperator<Tensor> layer) {
        return switch (kind) {
            case NONE -> layer.apply(hidden);
            case REENTRANT -> autograd.checkpointReentrant(hidden, arguments, shared, layer);
            case NON_REENTRANT -> {
                List<Tensor> kept = new ArrayList<>(arguments);
                kept.addAll(shared);
                yield autograd.checkpoint(hidden, kept, layer);
            }
        };
    }
}
