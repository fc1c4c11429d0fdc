package dev.headroom.model.method;

import dev.headroom.model.architecture.Projection;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The linear layers an adapter is attached to.
 *
 * @param projections the adapted layers, in module order
 */
public record Targets(Set<Projection> projections) {
    /** Named sets of layers. */
    @SuppressWarnings("ImmutableEnumChecker") // the sets are unmodifiable
    public enum Preset {
        ALL_LINEAR(EnumSet.allOf(Projection.class)),
        ATTENTION(EnumSet.of(Projection.Q, Projection.K, Projection.V, Projection.O)),
        ATTENTION_QV(EnumSet.of(Projection.Q, Projection.V)),
        MLP(EnumSet.of(Projection.GATE, Projection.UP, Projection.DOWN));

        private final Set<Projection> projections;

        Preset(Set<Projection> projections) {
            this.projections = Collections.unmodifiableSet(projections);
        }

        /** The name used on the command line, such as {@code attention-qv}. */
        public String id() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    public static final Targets ALL_LINEAR = new Targets(Preset.ALL_LINEAR.projections);

    /**
     * @throws IllegalArgumentException if there is no layer
     */
    public Targets {
        if (projections.isEmpty()) {
            throw new IllegalArgumentException("targets must name at least one layer");
        }
        projections = Collections.unmodifiableSet(EnumSet.copyOf(projections));
    }

    /** The words {@link #parse} understands: presets first, then module names. */
    public static List<String> words() {
        return Stream.concat(
                        Arrays.stream(Preset.values()).map(Preset::id),
                        Arrays.stream(Projection.values()).map(Projection::moduleName))
                .toList();
    }

    /** Reads a preset's name or one module's name, such as {@code q_proj}. */
    public static Optional<Targets> parse(String word) {
        Optional<Targets> preset = Arrays.stream(Preset.values())
                .filter(candidate -> candidate.id().equals(word))
                .map(candidate -> new Targets(candidate.projections))
                .findFirst();
        return preset.or(() -> Projection.named(word).map(projection -> new Targets(EnumSet.of(projection))));
    }

    /** Both sets of layers together. */
    public Targets and(Targets other) {
        EnumSet<Projection> union = EnumSet.copyOf(projections);
        union.addAll(other.projections);
        return new Targets(union);
    }

    /** The preset's name if this is one, else the module names separated by commas. */
    @Override
    public String toString() {
        return Arrays.stream(Preset.values())
                .filter(preset -> preset.projections.equals(projections))
                .map(Preset::id)
                .findFirst()
                .orElseGet(
                        () -> projections.stream().map(Projection::moduleName).collect(Collectors.joining(",")));
    }
}
