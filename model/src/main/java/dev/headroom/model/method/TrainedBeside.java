package dev.headroom.model.method;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * What trains beside an adapter's own weights.
 *
 * @param biases biases of the model itself
 * @param modules names of modules of which a copy trains in their place: the input embedding, the output head
 */
public record TrainedBeside(Biases biases, List<String> modules) {
    /** Which biases of the model train (PEFT's {@code bias}). */
    public enum Biases {
        NONE,
        ALL,
        /** Those of adapted layers (PEFT's {@code lora_only}). */
        LORA_ONLY;

        /** The name used on the command line, such as {@code lora-only}. */
        public String id() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }

        /** Names of the choices. */
        public static List<String> ids() {
            return Arrays.stream(values()).map(Biases::id).toList();
        }

        /** The choice of a name. */
        public static Biases of(String id) {
            return valueOf(id.toUpperCase(Locale.ROOT).replace('-', '_'));
        }
    }

    public static final TrainedBeside NOTHING = new TrainedBeside(Biases.NONE, List.of());

    public TrainedBeside {
        modules = List.copyOf(modules);
    }

    /** Whether a copy of the module of this path trains in its place. */
    public boolean replaces(String path) {
        return modules.stream().anyMatch(name -> path.equals(name) || path.endsWith("." + name));
    }
}
