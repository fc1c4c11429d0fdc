package dev.headroom.model.pytorch.transformers;

import dev.headroom.model.pytorch.autograd.Autograd;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.training.Checkpointing;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * Runs decoder layers with or without gradient checkpointing. Source: transformers 5.17, {@code modeling_layers.py},
 * GradientCheckpointingLayer; {@code modeling_utils.py}, {@code gradient_checkpointing_enable}, {@code
 * _set_gradient_checkpointing}.
 */
final class LayerCheckpointing {
    private final Autograd autograd;
    private final Checkpointing setting;

    LayerCheckpointing(Autograd autograd, Checkpointing setting) {
        this.autograd = autograd;
        this.setting = setting;
    }

    /** With checkpointing, embeddings of a frozen table are made to require a gradient, so that layers have one to pass. */
    void prepare(Tensor embeddings) {
        if (setting.isOn() && !embeddings.requiresGradient()) {
            autograd.requireGradient(embeddings);
        }
    }

    /**
     * Runs one layer.
     *
     * @param index number of the layer, from 0
     * @param shared tensors the layer is called with by name, beside the hidden states
     */
    Tensor run(int index, Tensor hidden, List<Tensor> shared, UnaryOperator<Tensor> layer) {
        return run(index, hidden, List.of(), shared, layer);
    }

    /**
     * Runs one layer.
     *
     * @param index number of the layer, from 0
     * @param arguments tensors the layer is called with by position, after the hidden states
     * @param shared tensors the layer is called with by name
     */
    Tensor run(int index, Tensor hidden, List<Tensor> arguments, List<Tensor> shared, UnaryOperator<Tensor> layer) {
        if (!setting.covers(index)) {
            return layer.apply(hidden);
        }
        return setting.offloaded()
                ? autograd.savingOnHost(() -> checkpoint(hidden, arguments, shared, layer))
                : checkpoint(hidden, arguments, shared, layer);
    }

    private Tensor checkpoint(Tensor hidden, List<Tensor> arguments, List<Tensor> shared, UnaryOperator<Tensor> layer) {
        if (setting.kind() == Checkpointing.Kind.REENTRANT) {
            return autograd.checkpointReentrant(hidden, arguments, shared, layer);
        }
        List<Tensor> kept = new ArrayList<>(arguments);
        kept.addAll(shared);
        return autograd.checkpoint(hidden, kept, layer);
    }
}
