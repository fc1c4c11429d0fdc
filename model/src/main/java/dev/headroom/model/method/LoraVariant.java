package dev.headroom.model.method;

import dev.headroom.model.architecture.Architecture;
import dev.headroom.model.architecture.WeightedModule;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** A method that has LoRA's matrices and options, and does something more with them. */
public interface LoraVariant extends AdapterMethod {
    /** LoRA's options. */
    Lora lora();

    @Override
    default Targets targets() {
        return lora().targets();
    }

    @Override
    default List<TargetParameter> parameters(Architecture architecture) {
        return lora().parameters(architecture);
    }

    @Override
    default List<WeightedModule> layers(Architecture architecture) {
        return lora().layers(architecture);
    }

    @Override
    default List<String> unknownWords(Architecture architecture) {
        return lora().unknownWords(architecture);
    }

    @Override
    default Optional<String> problem(Architecture architecture) {
        return lora().problem(architecture);
    }

    @Override
    default Optional<String> missingRule(Architecture architecture) {
        return lora().missingRule(architecture);
    }

    @Override
    default TrainedBeside beside() {
        return lora().beside();
    }

    @Override
    default OptionalInt variableRank() {
        return lora().variableRank();
    }

    @Override
    default OptionalInt requiredSide(WeightedModule target) {
        return lora().requiredSide(target);
    }

    @Override
    default List<String> unusedKeys(Architecture architecture) {
        return lora().unusedKeys(architecture);
    }

    @Override
    default String description() {
        return lora().description(name());
    }

    @Override
    default Map<String, Object> options() {
        return lora().options();
    }
}
