package dev.headroom.model.pytorch.peft;

import dev.headroom.model.architecture.Architecture;
import dev.headroom.model.job.ResolvedJob;
import dev.headroom.model.method.Adalora;
import dev.headroom.model.method.AdapterMethod;
import dev.headroom.model.method.BitFit;
import dev.headroom.model.method.Boft;
import dev.headroom.model.method.Dora;
import dev.headroom.model.method.FrozenEmbeddings;
import dev.headroom.model.method.FullFineTuning;
import dev.headroom.model.method.HeadOnly;
import dev.headroom.model.method.Hira;
import dev.headroom.model.method.Ia3;
import dev.headroom.model.method.LastLayers;
import dev.headroom.model.method.LnTuning;
import dev.headroom.model.method.Loha;
import dev.headroom.model.method.Lokr;
import dev.headroom.model.method.Lora;
import dev.headroom.model.method.Method;
import dev.headroom.model.method.Miss;
import dev.headroom.model.method.Oft;
import dev.headroom.model.method.PTuning;
import dev.headroom.model.method.PrefixTuning;
import dev.headroom.model.method.PromptTuning;
import dev.headroom.model.method.Rslora;
import dev.headroom.model.method.Vera;
import dev.headroom.model.pytorch.aten.Aten;
import dev.headroom.model.pytorch.nn.AdapterForm;
import dev.headroom.model.pytorch.nn.LinearLayer;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BiFunction;

/** What each method does under PyTorch. */
public final class Tunings {
    private static final Map<Class<? extends Method>, BiFunction<Method, Architecture, Tuning>> BY_METHOD =
            new HashMap<>();

    static {
        register(FullFineTuning.class, (method, architecture) -> new FullTuning());
        register(FrozenEmbeddings.class, (method, architecture) -> PartialTuning.withoutEmbedding(architecture));
        register(
                LastLayers.class,
                (method, architecture) -> PartialTuning.headAndLastLayers(architecture, method.count()));
        register(BitFit.class, (method, architecture) -> PartialTuning.biases());
        register(HeadOnly.class, (method, architecture) -> PartialTuning.headAndLastLayers(architecture, 0));
        register(LnTuning.class, (method, architecture) -> new NormTuning(method));
        register(Lora.class, (method, architecture) -> lora(method, architecture, Tunings::loraAdapter));
        register(Rslora.class, (method, architecture) -> lora(method.lora(), architecture, Tunings::loraAdapter));
        register(Dora.class, (method, architecture) -> lora(method.lora(), architecture, DoraAdapter::new));
        register(Adalora.class, AdaloraTuning::new);
        register(Vera.class, (method, architecture) -> new VeraTuning(method));
        register(
                PromptTuning.class,
                (method, architecture) -> new PromptLearning(
                        model -> new PromptEmbedding(model.aten(), method.virtualTokens(), architecture.hiddenSize())));
        register(
                PrefixTuning.class,
                (method, architecture) ->
                        new PromptLearning(model -> new PrefixEncoder(model, method.virtualTokens())));
        register(
                PTuning.class,
                (method, architecture) -> new PromptLearning(model -> new PromptEncoder(
                        model.aten(),
                        method.virtualTokens(),
                        architecture.hiddenSize(),
                        method.encoderHiddenSize().orElse((int) architecture.hiddenSize()))));
        registerAdapter(Loha.class, LohaAdapter::new);
        registerAdapter(Lokr.class, LokrAdapter::new);
        registerAdapter(Oft.class, OftAdapter::new);
        registerAdapter(Boft.class, BoftAdapter::new);
        registerAdapter(Hira.class, HiraAdapter::new);
        registerAdapter(Miss.class, MissAdapter::new);
        register(
                Ia3.class,
                (method, architecture) -> new AdapterInjection(
                        method.modules(architecture),
                        (aten, layer) -> new Ia3Adapter(aten, layer, method.scalesInputs(layer.path()))));
    }

    private Tunings() {}

    /** Makes the adapter of a layer for a method. */
    private interface AdapterMaker<M> {
        TrainedAdapter create(Aten aten, M method, LinearLayer layer);
    }

    private static Tuning lora(Lora method, Architecture architecture, LoraAdapters.OfLayer ofLayer) {
        return new AdapterInjection(
                method.layers(architecture),
                method.parameters(architecture),
                method.adapterDtype(),
                method.beside(),
                new LoraAdapters(method, ofLayer));
    }

    private static TrainedAdapter loraAdapter(Aten aten, Lora method, LinearLayer layer) {
        return layer.adapterForm() == AdapterForm.LINEAR
                ? new LoraAdapter(aten, method, layer)
                : new QuantizedLoraAdapter(aten, method, layer);
    }

    private static <M extends AdapterMethod> void registerAdapter(Class<M> type, AdapterMaker<M> maker) {
        register(
                type,
                (method, architecture) -> new AdapterInjection(
                        method.targets().modules(architecture), (aten, layer) -> maker.create(aten, method, layer)));
    }

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
