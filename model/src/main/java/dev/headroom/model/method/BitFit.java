package dev.headroom.model.method;

/**
 * BitFit: the model's biases train, and nothing else.
 *
 * @see <a href="https://arxiv.org/abs/2106.10199">Ben Zaken et al., 2021, BitFit</a>
 */
public record BitFit() implements Method {
    @Override
    public String name() {
        return "bitfit";
    }
}
