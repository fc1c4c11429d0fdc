package dev.headroom.model.explain;

/** The names a runtime gives to the parts of a program, and where its rules are known from. */
public interface RuleBook {
    /** The part of the model that a row belongs to, such as {@code norms}; {@code module} may be empty. */
    String part(String module, String operation);

    /** Where it is known that {@code operation}, run by {@code module}, allocates or keeps its memory. */
    Source source(String module, String operation);

    /** Where it is known by how much the allocator's blocks exceed what was asked for, and what it caches. */
    Source allocator();
}
