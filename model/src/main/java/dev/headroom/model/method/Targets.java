package dev.headroom.model.method;

import dev.headroom.model.architecture.Architecture;
import dev.headroom.model.architecture.Family;
import dev.headroom.model.architecture.WeightedModule;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/**
 * The layers an adapter is attached to, by the words a user names them with: presets such as {@code all-linear}, or names of
 * modules such as {@code q_proj}. What a preset means depends on the architecture. Input embedding and output head belong to
 * no preset; they are adapted where they are named.
 *
 * @param words presets and module names, in the order given
 */
public record Targets(List<String> words) {
    /** Named sets of layers. */
    public enum Preset {
        /** Every linear layer but the output head (PEFT's {@code all-linear}). */
        ALL_LINEAR,
        ATTENTION,
        ATTENTION_QV,
        MLP;

        /** The name used on the command line, such as {@code attention-qv}. */
        public String id() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    /** Names of input embeddings and output heads. */
    private static final List<String> ENDS = List.of("embed_tokens", "embed_in", "wte", Family.HEAD);

    public static final Targets ALL_LINEAR = new Targets(List.of(Preset.ALL_LINEAR.id()));

    /**
     * @throws IllegalArgumentException if there is no word
     */
    public Targets {
        if (words.isEmpty()) {
            throw new IllegalArgumentException("targets must name at least one layer");
        }
        words = List.copyOf(words);
    }

    public static Targets of(String... words) {
        return new Targets(Arrays.asList(words));
    }

    /** Names of the presets. */
    public static List<String> presets() {
        return Arrays.stream(Preset.values()).map(Preset::id).toList();
    }

    /** Every word that means something for some model: presets, then module names. */
    public static List<String> allWords() {
        Set<String> words = new LinkedHashSet<>(presets());
        for (Family family : Family.all()) {
            words.addAll(family.attention());
            words.addAll(family.mlp());
        }
        words.addAll(ENDS);
        return List.copyOf(words);
    }

    /** The words that mean something for a model: presets, then its module names. */
    public static List<String> wordsFor(Architecture architecture) {
        List<String> words = new ArrayList<>(presets());
        Set<String> names = new TreeSet<>();
        for (WeightedModule module : linears(architecture)) {
            names.add(module.name());
        }
        names.addAll(FusedTargets.words(architecture));
        words.addAll(names);
        ends(architecture).forEach(module -> words.add(module.name()));
        return words;
    }

    /** The words that name no layer of a model. */
    public List<String> unknownWords(Architecture architecture) {
        return words.stream()
                .filter(word -> !presets().contains(word))
                .filter(word -> nameable(architecture).stream().noneMatch(module -> isNamed(module, word)))
                .toList();
    }

    /** The modules of a model that are adapted, in the order of their construction. */
    public List<WeightedModule> modules(Architecture architecture) {
        return nameable(architecture).stream()
                .filter(module -> words.stream().anyMatch(word -> isMeant(module, word, architecture)))
                .toList();
    }

    private static boolean isMeant(WeightedModule module, String word, Architecture architecture) {
        if (word.equals(Preset.ALL_LINEAR.id())) {
            return !isEnd(module);
        }
        Family family = family(architecture);
        if (word.equals(Preset.ATTENTION.id())) {
            return family.attention().stream().anyMatch(name -> isNamed(module, name));
        }
        if (word.equals(Preset.ATTENTION_QV.id())) {
            return family.queryAndValue().stream().anyMatch(name -> isNamed(module, name));
        }
        if (word.equals(Preset.MLP.id())) {
            return family.mlp().stream().anyMatch(name -> isNamed(module, name));
        }
        return isNamed(module, word);
    }

    private static boolean isNamed(WeightedModule module, String name) {
        return module.path().equals(name) || module.path().endsWith("." + name);
    }

    /** Whether a module is the input embedding or the output head. */
    public static boolean isEnd(WeightedModule module) {
        return module.kind() == WeightedModule.Kind.EMBEDDING || module.path().equals(Family.HEAD);
    }

    private static List<WeightedModule> nameable(Architecture architecture) {
        List<WeightedModule> nameable = new ArrayList<>(linears(architecture));
        List<WeightedModule> ends = ends(architecture);
        nameable.add(0, ends.get(0));
        nameable.add(ends.get(1));
        return nameable;
    }

    /** The input embedding and the output head. */
    private static List<WeightedModule> ends(Architecture architecture) {
        List<WeightedModule> modules = architecture.modules();
        return List.of(modules.get(0), modules.get(modules.size() - 1));
    }

    private static List<WeightedModule> linears(Architecture architecture) {
        return architecture.modules().stream()
                .filter(module -> module.isLinear() && !module.path().equals(Family.HEAD))
                .toList();
    }

    private static Family family(Architecture architecture) {
        return Family.of(architecture.modelType())
                .orElseThrow(() ->
                        new IllegalArgumentException("no modules known for architecture " + architecture.modelType()));
    }

    /** The words separated by commas. */
    @Override
    public String toString() {
        return String.join(",", words);
    }
}
