package dev.headroom.model.method;

import java.util.Map;
import java.util.OptionalInt;

/**
 * Weight-decomposed LoRA: beside LoRA's matrices a trainable magnitude for each output, over the norms of the adapted
 * weight's rows, which are computed in every forward pass.
 *
 * @param lora LoRA's options
 * @see <a href="https://arxiv.org/abs/2402.09353">Liu et al., 2024, DoRA</a>
 */
public record Dora(Lora lora) implements AdapterMethod {
    @Override
    public String name() {
        return "dora";
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
