package dev.headroom.model.method;

import dev.headroom.model.architecture.Architecture;
import dev.headroom.model.architecture.WeightedModule;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** A method that puts an adapter around chosen linear layers and freezes the rest. */
public interface AdapterMethod extends Method {
    /** The layers that are adapted. */
    Targets targets();

    /** Parameters that are adapted beside those layers, in modules that are none. */
    default List<TargetParameter> parameters(Architecture architecture) {
        return List.of();
    }

    /** The layers that are adapted in a model, in the order of their construction. */
    default List<WeightedModule> layers(Architecture architecture) {
        return targets().modules(architecture);
    }

    /** The words among the targets that name nothing in a model. */
    default List<String> unknownWords(Architecture architecture) {
        return targets().unknownWords(architecture);
    }

    /** What keeps the targets from being adapted, if anything does. */
    default Optional<String> problem(Architecture architecture) {
        return Optional.empty();
    }

    /** What of the method no rule covers in a model, if anything. */
    default Optional<String> missingRule(Architecture architecture) {
        return Optional.empty();
    }

    /** What trains beside the adapters. */
    default TrainedBeside beside() {
        return TrainedBeside.NOTHING;
    }

    /** Whether PEFT has such an adapter for Transformers' {@code Conv1D}, a linear layer that stores its weight transposed. */
    default boolean adaptsConv1d() {
        return true;
    }

    /** Whether the input embedding and the output head may be adapted as well. */
    default boolean adaptsEnds() {
        return false;
    }

    /** The inner dimension that a target's matrix may not fall below, if there is one. */
    default OptionalInt requiredSide(WeightedModule target) {
        return OptionalInt.empty();
    }

    /** Options by layer that no adapted layer takes up, by the keys they were given with. */
    default List<String> unusedKeys(Architecture architecture) {
        return List.of();
    }
}
