package dev.headroom.model.method;

/**
 * Rank-stabilized LoRA: LoRA scaled by α/√r instead of α/r, which changes no tensor's size.
 *
 * @param lora LoRA's options
 * @see <a href="https://arxiv.org/abs/2312.03732">Kalajdzievski, 2023, rsLoRA</a>
 */
public record Rslora(Lora lora) implements LoraVariant {
    @Override
    public Rslora withRank(int rank) {
        return new Rslora(lora.withRank(rank));
    }

    @Override
    public String name() {
        return "rslora";
    }

    @Override
    public boolean adaptsEnds() {
        return true;
    }
}
