package dev.headroom.model.method;

import java.util.Map;
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
    default TrainedBeside beside() {
        return lora().beside();
    }

    @Override
    default OptionalInt requiredSide() {
        return lora().requiredSide();
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
