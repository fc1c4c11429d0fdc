package dev.headroom.model.method;

/** Every parameter trains but the input embedding; a tied output head is the same matrix, and frozen with it. */
public record FrozenEmbeddings() implements Method {
    @Override
    public String name() {
        return "full-frozen-embeddings";
    }
}
