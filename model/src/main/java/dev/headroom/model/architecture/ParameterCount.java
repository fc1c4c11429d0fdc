package dev.headroom.model.architecture;

/** Counts parameters of a model from its modules. */
public final class ParameterCount {
    private ParameterCount() {}

    /**
     * All parameters of the model before any adapter is added; a tied head counts once.
     *
     * @throws IllegalArgumentException if the modules of its architecture are not known
     */
    public static long of(Architecture architecture) {
        long sum = 0;
        for (WeightedModule module : architecture.modules()) {
            boolean tied = architecture.tiedEmbeddings() && module.path().equals(Family.HEAD);
            sum = Math.addExact(sum, tied ? 0 : module.parameters());
        }
        return sum;
    }
}
