package dev.headroom.model.pytorch.autograd;

/** Thrown inside a recomputation once every tensor that backward needs exists again. */
final class RecomputationDone extends RuntimeException {
    private static final long serialVersionUID = 1L;

    RecomputationDone() {
        super("recomputation done", null, false, false);
    }
}
