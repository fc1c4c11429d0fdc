package dev.headroom.model.method;

/** Every parameter of the model trains. */
public record FullFineTuning() implements Method {
    @Override
    public String name() {
        return "full";
    }

    @Override
    public String description() {
        return "full fine-tuning";
    }
}
