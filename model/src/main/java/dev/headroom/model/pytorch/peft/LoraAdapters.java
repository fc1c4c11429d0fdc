package dev.headroom.model.pytorch.peft;

import dev.headroom.model.architecture.WeightedModule;
import dev.headroom.model.method.Lora;
import dev.headroom.model.method.TargetParameter;
import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.nn.LinearLayer;

/** Makes the adapters of LoRA and its kin: of layers, of parameters, of the embedding. */
final class LoraAdapters implements AdapterInjection.Factory {
    /** Makes the adapter of a layer. */
    interface OfLayer {
        TrainedAdapter create(Aten aten, Lora method, LinearLayer layer);
    }

    private final Lora method;
    private final OfLayer ofLayer;

    LoraAdapters(Lora method, OfLayer ofLayer) {
        this.method = method;
        this.ofLayer = ofLayer;
    }

    @Override
    public TrainedAdapter create(Aten aten, LinearLayer layer) {
        return ofLayer.create(aten, method, layer);
    }

    @Override
    public LoraParameterAdapter create(Aten aten, TargetParameter target) {
        return LoraParameterAdapter.of(aten, method, target);
    }

    @Override
    public LoraEmbeddingAdapter create(LoadedModel model, WeightedModule embedding) {
        return new LoraEmbeddingAdapter(model, method, embedding);
    }
}
