package dev.headroom.model.program;

/** The phases of training, in order. */
public enum Phase {
    LOAD("load"),
    FORWARD("forward"),
    BACKWARD("backward"),
    CLIP("clip"),
    OPTIMIZER("optimizer"),
    ZERO_GRAD("zero-grad");

    private final String id;

    Phase(String id) {
        this.id = id;
    }

    public String id() {
        return id;
    }
}
