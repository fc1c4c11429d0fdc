package dev.headroom.model.method;

import dev.headroom.model.architecture.Architecture;
import java.util.Optional;

/**
 * Weight-decomposed LoRA: beside LoRA's matrices a trainable magnitude for each output, over the norms of the adapted
 * weight's rows, which are computed in every forward pass.
 *
 * @param lora LoRA's options
 * @see <a href="https://arxiv.org/abs/2402.09353">Liu et al., 2024, DoRA</a>
 */
public record Dora(Lora lora) implements LoraVariant {
    @Override
    public Dora withRank(int rank) {
        return new Dora(lora.withRank(rank));
    }

    @Override
    public String name() {
        return "dora";
    }

    /** Source: peft 0.21, {@code tuners/lora/layer.py}, {@code ParamWrapper}. */
    @Override
    public Optional<String> problem(Architecture architecture) {
        return parameters(architecture).isEmpty()
                ? Optional.empty()
                : Optional.of("PEFT refuses dora on the parameters of %s's experts and router; target attention"
                        .formatted(architecture.modelType()));
    }
}
