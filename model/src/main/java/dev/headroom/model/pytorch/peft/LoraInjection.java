package dev.headroom.model.pytorch.peft;

import dev.headroom.model.method.Lora;
import dev.headroom.model.program.Category;
import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.autograd.Autograd;
import dev.headroom.model.pytorch.autograd.Frame;
import dev.headroom.model.pytorch.autograd.Tensor;
import dev.headroom.model.pytorch.nn.LinearLayer;
import dev.headroom.model.quantity.DType;
import dev.headroom.model.quantity.Shape;
import java.util.ArrayList;
import java.util.List;

/**
 * Wraps a model's target layers with LoRA. Adapter weights are made in float32, moved to the base's type, and at the end
 * cast up to float32 again: these copies leave holes behind in the allocator's segments.
 *
 * <p>Source: peft 0.21, {@code tuners/tuners_utils.py}, {@code lora/layer.py}: {@code update_layer},
 * {@code _move_adapter_to_device_of_base_layer}, {@code cast_adapter_dtype}.
 */
final class LoraInjection implements Tuning {
    private final Lora method;

    LoraInjection(Lora method) {
        this.method = method;
    }

    @Override
    public List<Tensor> wrap(LoadedModel model) {
        Aten aten = model.aten();
        Autograd autograd = aten.autograd();
        List<LoraAdapter> adapters = new ArrayList<>();
        for (LinearLayer layer : model.layers(method.targets())) {
            String path = layer.path();
            Tensor down = weight(autograd, path + ".lora_A", Shape.of(method.rank(), layer.inputs()), DType.FLOAT32);
            Tensor up = weight(autograd, path + ".lora_B", Shape.of(layer.outputs(), method.rank()), DType.FLOAT32);
            LoraAdapter adapter = new LoraAdapter(aten, path, down, up, method.dropout() > 0);
            cast(autograd, adapter, model.dtype());
            layer.adapt(adapter);
            adapters.add(adapter);
        }
        List<Tensor> trainable = new ArrayList<>();
        for (LoraAdapter adapter : adapters) {
            cast(autograd, adapter, DType.FLOAT32);
            trainable.add(adapter.down());
            trainable.add(adapter.up());
        }
        trainable.forEach(autograd::requireGradient);
        return trainable;
    }

    private static Tensor weight(Autograd autograd, String path, Shape shape, DType type) {
        try (Frame frame = autograd.enterModule(path)) {
            return autograd.own(autograd.allocate(shape, type, "parameter", Category.ADAPTERS));
        }
    }

    private static void cast(Autograd autograd, LoraAdapter adapter, DType type) {
        if (adapter.down().dtype() == type) {
            return;
        }
        Tensor down =
                weight(autograd, adapter.path() + ".lora_A", adapter.down().shape(), type);
        autograd.release(adapter.down());
        adapter.setDown(down);
        Tensor up = weight(autograd, adapter.path() + ".lora_B", adapter.up().shape(), type);
        autograd.release(adapter.up());
        adapter.setUp(up);
    }
}
