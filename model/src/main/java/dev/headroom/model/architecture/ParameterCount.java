package dev.headroom.model.architecture;

/** Counts parameters of a Llama-like decoder from its dimensions. */
public final class ParameterCount {
    private ParameterCount() {}

    /**
     * All parameters of the model before any adapter is added; a tied head counts once.
     *
     * <pre>  V·h·(tied ? 1 : 2) + L·(Σ in·out + biases + 2·h) + h </pre>
     *
     * <p>V = vocabulary, h = hidden size, L = layers; the sum runs over {@link Projection}.
     */
    public static long of(Architecture architecture) {
        long hidden = architecture.hiddenSize();
        long embedding = Math.multiplyExact(architecture.vocabularySize(), hidden);
        long layer = 2 * hidden;
        for (Projection projection : Projection.values()) {
            long outputs = projection.outputs(architecture);
            layer = Math.addExact(layer, Math.multiplyExact(projection.inputs(architecture), outputs));
            layer = Math.addExact(layer, projection.hasBias(architecture) ? outputs : 0);
        }
        long layers = Math.multiplyExact(layer, (long) architecture.layers());
        long ends = Math.addExact(Math.multiplyExact(embedding, architecture.tiedEmbeddings() ? 1L : 2L), hidden);
        return Math.addExact(layers, ends);
    }
}
