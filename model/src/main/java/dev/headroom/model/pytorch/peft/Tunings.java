package dev.headroom.model.pytorch.peft;

import dev.headroom.model.architecture.Architecture;
import dev.headroom.model.job.ResolvedJob;
import dev.headroom.model.method.FullFineTuning;
import dev.headroom.model.method.Lora;
import dev.headroom.model.method.Method;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BiFunction;

/** What each method does under PyTorch. */
public final class Tunings {
    private static final Map<Class<? extends Method>, BiFunction<Method, Architecture, Tuning>> BY_METHOD =
            new HashMap<>();

    static {
        register(FullFineTuning.class, (method, architecture) -> new FullTuning());
        register(Lora.class, (method, architecture) -> new LoraInjection(method));
    }

    private Tunings() {}

    private static <M extends Method> void register(Class<M> type, BiFunction<M, Architecture, Tuning> tuning) {
        BY_METHOD.put(type, (method, architecture) -> tuning.apply(type.cast(method), architecture));
    }

    /**
     * The behaviour of a job's method.
     *
     * @throws IllegalArgumentException if it has none
     */
    public static Tuning of(ResolvedJob job) {
        Method method = job.job().method();
        BiFunction<Method, Architecture, Tuning> tuning = BY_METHOD.get(method.getClass());
        if (tuning == null) {
            throw new IllegalArgumentException("no rules for method " + method.name());
        }
        return tuning.apply(method, job.architecture());
    }
}
