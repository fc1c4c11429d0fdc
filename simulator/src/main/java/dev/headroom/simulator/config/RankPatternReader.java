package dev.headroom.simulator.config;

import dev.headroom.model.method.RankPattern;
import dev.headroom.simulator.input.InputNode;
import dev.headroom.simulator.input.InputNode.Mapping;
import dev.headroom.simulator.input.InputNode.Scalar;
import dev.headroom.simulator.input.Problems;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** Reads ranks of single layers: a mapping, or a text such as {@code down_proj=4,layers.1.self_attn.q_proj=64}. */
final class RankPatternReader {
    private RankPatternReader() {}

    /** The pattern, or nothing after reporting what is wrong with it. */
    static Optional<RankPattern> read(InputNode node, Problems problems) {
        Optional<List<Mapping.Entry>> entries = NamedValues.of(node);
        if (entries.isEmpty() || entries.get().isEmpty()) {
            problems.invalid(
                    node.place(),
                    "'%s' must name layers and their ranks, found %s"
                            .formatted(JobKey.RANK_PATTERN.path(), node.shown()),
                    "Write it like down_proj=4,layers.1.self_attn.q_proj=64, or as a mapping.");
            return Optional.empty();
        }
        Map<String, Integer> ranks = new LinkedHashMap<>();
        boolean wrong = false;
        for (Mapping.Entry entry : entries.get()) {
            Optional<String> problem = RankPattern.problem(entry.key());
            OptionalInt rank = rank(entry.value());
            if (problem.isPresent()) {
                problems.invalid(
                        entry.keyPlace(),
                        "key '%s' of '%s' %s".formatted(entry.key(), JobKey.RANK_PATTERN.path(), problem.get()));
                wrong = true;
            } else if (rank.isEmpty()) {
                problems.invalid(
                        entry.value().place(),
                        "rank of '%s' in '%s' must be a whole number of at least 1, found %s"
                                .formatted(
                                        entry.key(),
                                        JobKey.RANK_PATTERN.path(),
                                        entry.value().shown()));
                wrong = true;
            } else {
                ranks.put(entry.key(), rank.getAsInt());
            }
        }
        return wrong ? Optional.empty() : Optional.of(new RankPattern(ranks));
    }

    private static OptionalInt rank(InputNode node) {
        try {
            int rank = node instanceof Scalar scalar ? Integer.parseInt(scalar.text()) : 0;
            return rank < 1 ? OptionalInt.empty() : OptionalInt.of(rank);
        } catch (NumberFormatException e) {
            return OptionalInt.empty();
        }
    }
}
