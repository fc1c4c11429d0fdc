package dev.headroom.simulator.web;

import dev.headroom.simulator.config.JobFile;
import dev.headroom.simulator.config.JobSource;
import dev.headroom.simulator.input.InputException;
import dev.headroom.simulator.input.InputNode;
import dev.headroom.simulator.input.InputNode.Mapping;
import dev.headroom.simulator.input.InputNode.Scalar;
import dev.headroom.simulator.input.InputNode.Sequence;
import dev.headroom.simulator.input.InputText;
import dev.headroom.simulator.input.JsonReader;
import dev.headroom.simulator.input.Problems;
import dev.headroom.simulator.whatif.Reading;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The body of a request: a job as in a job file, {@code gpu} and {@code reserve} beside it, and keys of the question.
 *
 * @param job the job
 * @param own the keys of the question
 */
record Body(JobSource job, Mapping own) {
    /** What messages call it. */
    static final String NAME = "body";

    /**
     * Reads a body.
     *
     * @param text JSON
     * @param ownKeys the keys of the question
     * @throws InputException if it is no JSON object, or has unknown keys
     */
    static Body read(String text, List<String> ownKeys) {
        Problems problems = new Problems();
        InputNode root = JsonReader.read(new InputText(NAME, text), problems);
        if (!(root instanceof Mapping mapping)) {
            throw new InputException(root.place(), "must be an object, found " + root.shown());
        }
        List<Mapping.Entry> own = new ArrayList<>();
        List<Mapping.Entry> rest = new ArrayList<>();
        for (Mapping.Entry entry : mapping.entries()) {
            (ownKeys.contains(entry.key()) ? own : rest).add(entry);
        }
        JobSource job = JobFile.source(new Mapping(mapping.place(), rest), problems);
        return new Body(job, new Mapping(mapping.place(), own));
    }

    /** True or false. */
    Optional<Boolean> flag(String key) {
        return own.entry(key).map(entry -> {
            if (entry.value().toJava() instanceof Boolean flag) {
                return flag;
            }
            throw new InputException(
                    entry.value().place(),
                    "'%s' must be true or false, found %s"
                            .formatted(key, entry.value().shown()));
        });
    }

    /** How the program is read. */
    Optional<Reading> reading(String key) {
        return own.entry(key)
                .map(entry -> (entry.value() instanceof Scalar word
                                ? Reading.parse(word.text())
                                : Optional.<Reading>empty())
                        .orElseThrow(() -> new InputException(
                                entry.value().place(),
                                "unknown reading %s".formatted(entry.value().shown()),
                                "Allowed: %s.".formatted(String.join(", ", Reading.words())))));
    }

    /** A whole number from 1 to {@code most}. */
    Optional<Integer> number(String key, int most) {
        return own.entry(key)
                .map(entry -> whole(entry.value(), most)
                        .orElseThrow(() -> new InputException(
                                entry.value().place(),
                                "'%s' must be a whole number from 1 to %d, found %s"
                                        .formatted(key, most, entry.value().shown()))));
    }

    /** A list of words. */
    Optional<List<String>> words(String key) {
        return own.entry(key)
                .map(entry -> items(entry, "words").stream()
                        .map(Scalar::text)
                        .distinct()
                        .toList());
    }

    /** A list of whole numbers from 1. */
    Optional<List<Integer>> numbers(String key) {
        return own.entry(key)
                .map(entry -> items(entry, "whole numbers").stream()
                        .map(item -> number(key, item))
                        .distinct()
                        .toList());
    }

    private static int number(String key, Scalar item) {
        return whole(item, Integer.MAX_VALUE)
                .orElseThrow(() -> new InputException(
                        item.place(),
                        "'%s' must be whole numbers from 1 to %d, found %s"
                                .formatted(key, Integer.MAX_VALUE, item.shown())));
    }

    private static Optional<Integer> whole(InputNode node, int most) {
        return node.toJava() instanceof Long number && number >= 1 && number <= most
                ? Optional.of(number.intValue())
                : Optional.empty();
    }

    private static List<Scalar> items(Mapping.Entry entry, String what) {
        if (entry.value() instanceof Sequence list && !list.items().isEmpty()) {
            List<Scalar> items = new ArrayList<>();
            for (InputNode item : list.items()) {
                if (!(item instanceof Scalar scalar)) {
                    throw new InputException(
                            item.place(),
                            "'%s' must be a list of %s, found %s".formatted(entry.key(), what, item.shown()));
                }
                items.add(scalar);
            }
            return items;
        }
        throw new InputException(
                entry.value().place(),
                "'%s' must be a list of %s, found %s"
                        .formatted(entry.key(), what, entry.value().shown()));
    }
}
