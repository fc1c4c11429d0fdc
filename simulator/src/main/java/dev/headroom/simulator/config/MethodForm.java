package dev.headroom.simulator.config;

import dev.headroom.model.method.AdapterDtype;
import dev.headroom.model.method.Method;
import dev.headroom.model.method.RankPattern;
import dev.headroom.model.method.Targets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Function;

/**
 * How a method is written.
 *
 * @param name its name
 * @param keys the keys that mean something to it, with the values they have if none is written
 * @param reader makes the method from the values of its keys
 */
record MethodForm(String name, Map<JobKey, String> keys, Function<Values, Method> reader) {
    MethodForm {
        keys = Map.copyOf(keys);
    }

    /** The values of a method's keys. A wrong one is reported, and replaced by one that does no harm. */
    interface Values {
        int whole(JobKey key);

        OptionalInt optionalWhole(JobKey key);

        double probability(JobKey key);

        String word(JobKey key);

        List<String> words(JobKey key);

        Targets targets();

        AdapterDtype adapterDtype();

        RankPattern rankPattern();
    }

    /** Whether a key means something to the method. */
    boolean takes(String word) {
        return word.equals(JobKey.METHOD.word())
                || keys.keySet().stream().anyMatch(key -> key.word().equals(word));
    }

    /** The value of one of its keys if none is written. */
    Optional<String> standard(JobKey key) {
        return Optional.ofNullable(keys.get(key));
    }
}
