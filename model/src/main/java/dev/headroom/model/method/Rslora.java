package dev.headroom.model.method;

import java.util.Map;
import java.util.OptionalInt;

/**
 * Rank-stabilized LoRA: LoRA scaled by α/√r instead of α/r, which changes no tensor's size.
 *
 * @param lora LoRA's options
 * @see <a href="https://arxiv.org/abs/2312.03732">Kalajdzievski, 2023, rsLoRA</a>
 */
public record Rslora(Lora lora) implements AdapterMethod {
    @Override
    public String name() {
        return "rslora";
    }

    @Override
    public Targets targets() {
        return lora.targets();
    }

    @Override
    public TrainedBeside beside() {
        return lora.beside();
    }

    @Override
    public OptionalInt requiredSide() {
        return lora.requiredSide();
    }

    @Override
    public String description() {
        return lora.description(name());
    }

    @Override
    public Map<String, Object> options() {
        return lora.options();
    }
}
