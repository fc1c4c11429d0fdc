package dev.headroom.model.method;

import dev.headroom.model.architecture.Architecture;
import dev.headroom.model.architecture.WeightedModule;
import dev.headroom.model.quantity.Extent;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Low-rank adaptation: beside each target's frozen matrix, two trainable ones of rank r.
 *
 * @param rank r, inner dimension of the two matrices
 * @param targets the layers that are adapted
 * @param dropout probability with which adapter inputs are dropped, 0 ≤ p &lt; 1. Only whether it is 0 changes memory
 * @param adapterDtype element type of the adapter's weights
 * @param beside what trains beside the adapters
 * @param ranks ranks of single layers, in the place of {@code rank}
 * @see <a href="https://arxiv.org/abs/2106.09685">Hu et al., 2021, LoRA</a>
 */
public record Lora(
        int rank, Targets targets, double dropout, AdapterDtype adapterDtype, TrainedBeside beside, RankPattern ranks)
        implements AdapterMethod {
    /**
     * @throws IllegalArgumentException if the rank is not positive or the dropout is no probability below 1
     */
    public Lora {
        Options.checkPositive("rank", rank);
        Options.checkDropout(dropout);
    }

    /** LoRA of which only the adapters train. */
    public Lora(int rank, Targets targets, double dropout, AdapterDtype adapterDtype) {
        this(rank, targets, dropout, adapterDtype, TrainedBeside.NOTHING, RankPattern.NONE);
    }

    @Override
    public String name() {
        return "lora";
    }

    @Override
    public List<TargetParameter> parameters(Architecture architecture) {
        return FusedTargets.of(targets, architecture);
    }

    @Override
    public List<WeightedModule> layers(Architecture architecture) {
        return targets.modules(architecture).stream()
                .filter(module -> !FusedTargets.words(architecture).contains(module.name()))
                .toList();
    }

    @Override
    public List<String> unknownWords(Architecture architecture) {
        return targets.unknownWords(architecture).stream()
                .filter(word -> !FusedTargets.words(architecture).contains(word))
                .toList();
    }

    /** Source: peft 0.21, {@code tuners/lora/layer.py}, {@code ParamWrapper}: inputs of a parameter cannot be dropped. */
    @Override
    public Optional<String> problem(Architecture architecture) {
        if (dropout > 0 && !parameters(architecture).isEmpty()) {
            return Optional.of(
                    "PEFT refuses dropout on the parameters of %s's experts and router; target attention, or drop nothing"
                            .formatted(architecture.modelType()));
        }
        return FusedTargets.problem(targets, architecture);
    }

    @Override
    public Optional<String> missingRule(Architecture architecture) {
        return ranks.isEmpty() || parameters(architecture).isEmpty()
                ? Optional.empty()
                : Optional.of("no rule for ranks of single layers where experts of %s are adapted; target attention"
                        .formatted(architecture.modelType()));
    }

    /** The rank of the layer of a path. */
    public int rankOf(String path) {
        return ranks.rank(path, rank);
    }

    /** The same as a length, in which r is the rank of layers that have none of their own. */
    public Extent lengthOf(String path) {
        return ranks.ownRank(path).map(Extent::of).orElseGet(() -> Extent.rank(rank));
    }

    @Override
    public OptionalInt variableRank() {
        return OptionalInt.of(rank);
    }

    @Override
    public Lora withRank(int other) {
        return new Lora(other, targets, dropout, adapterDtype, beside, ranks);
    }

    @Override
    public OptionalInt requiredSide(WeightedModule target) {
        return OptionalInt.of(rankOf(target.path()));
    }

    @Override
    public List<String> unusedKeys(Architecture architecture) {
        return ranks.unused(
                layers(architecture).stream().map(WeightedModule::path).toList());
    }

    @Override
    public boolean adaptsEnds() {
        return true;
    }

    @Override
    public String description() {
        return description(name());
    }

    /** LoRA's options under the name of a method that is made of it. */
    String description(String name) {
        String rankText = ranks.isEmpty() ? String.valueOf(rank) : "%s, %s".formatted(rank, ranks);
        return "%s (r=%s on %s, dropout %s)".formatted(name, rankText, targets, dropout);
    }

    @Override
    public Map<String, Object> options() {
        Options options = new Options()
                .with("rank", rank)
                .with("targets", targets.toString())
                .with("dropout", dropout)
                .with("adapterDtype", adapterDtype.id());
        if (beside.biases() != TrainedBeside.Biases.NONE) {
            options.with("bias", beside.biases().id());
        }
        if (!beside.modules().isEmpty()) {
            options.with("modulesToSave", String.join(",", beside.modules()));
        }
        if (!ranks.isEmpty()) {
            options.with("rankPattern", ranks.toString());
        }
        return options.map();
    }
}
