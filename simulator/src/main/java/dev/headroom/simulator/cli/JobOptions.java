package dev.headroom.simulator.cli;

import dev.headroom.simulator.config.JobKey;
import dev.headroom.simulator.config.JobSource;
import dev.headroom.simulator.input.InputNode.Scalar;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/** The options of the command line that describe a job: one for each {@link JobKey}, {@code --gpu} and {@code --reserve}. */
final class JobOptions {
    static final String GPU_OPTION = "--gpu";
    static final String RESERVE_OPTION = "--reserve";

    private JobOptions() {}

    /** Adds the options to a command, except those of keys that the command sets itself. */
    static void addTo(CommandSpec command, Set<JobKey> except) {
        for (JobKey key : JobKey.values()) {
            if (!except.contains(key)) {
                command.addOption(option(key));
            }
        }
        command.addOption(OptionSpec.builder(GPU_OPTION)
                .paramLabel("ID")
                .type(String.class)
                .description("Card to fit; see 'headroom gpus'. Without it there is no verdict.")
                .build());
        command.addOption(OptionSpec.builder(RESERVE_OPTION)
                .paramLabel("BYTES")
                .type(String.class)
                .description("Memory of the card to leave free, such as 2GiB. Default: 0.")
                .build());
    }

    /** Adds the options to a command in which each may have several values, also under their plurals. */
    static void addRangesTo(CommandSpec command) {
        CommandSpec single = CommandSpec.create();
        addTo(single, Set.of());
        for (OptionSpec option : single.options()) {
            String plural = plural(option.longestName());
            boolean several = plural.length() > 0;
            command.addOption(
                    several
                            ? OptionSpec.builder(option)
                                    .names(option.longestName(), plural)
                                    .paramLabel("LIST")
                                    .build()
                            : option);
        }
    }

    private static String plural(String option) {
        return switch (option) {
            case "--seq", "--rank", "--method", "--model", GPU_OPTION -> option + "s";
            case "--batch" -> "--batches";
            default -> "";
        };
    }

    private static OptionSpec option(JobKey key) {
        String standard = key.standard().orElse("");
        if (key.type() == JobKey.Type.FLAG) {
            return OptionSpec.builder(key.option())
                    .type(boolean.class)
                    .negatable(true)
                    .description(key.comment())
                    .build();
        }
        String ending = standard.isEmpty() ? "" : " Default: " + standard + ".";
        return OptionSpec.builder(key.option())
                .paramLabel(key.parameter())
                .type(String.class)
                .description(key.comment() + ending)
                .build();
    }

    /** The job with the values of the options that were given, which win over those of a file. */
    static JobSource apply(ParseResult options, JobSource source) {
        JobSource result = source;
        if (given(options, JobKey.METHOD.option())) {
            result = result.withMethod(scalar(options, JobKey.METHOD.option()));
        }
        for (JobKey key : JobKey.values()) {
            if (key != JobKey.METHOD && given(options, key.option())) {
                result = result.with(key, scalar(options, key.option()));
            }
        }
        if (given(options, GPU_OPTION)) {
            result = result.withGpu(scalar(options, GPU_OPTION));
        }
        return given(options, RESERVE_OPTION) ? result.withReserve(scalar(options, RESERVE_OPTION)) : result;
    }

    /** Every option of a job, for suggestions. */
    static List<String> names() {
        List<String> names = new ArrayList<>();
        for (JobKey key : JobKey.values()) {
            names.add(key.option());
        }
        Collections.addAll(names, GPU_OPTION, RESERVE_OPTION);
        return names;
    }

    private static boolean given(ParseResult options, String name) {
        return options.hasMatchedOption(name);
    }

    private static Scalar scalar(ParseResult options, String name) {
        return Scalar.ofOption(name, String.valueOf((Object) options.matchedOptionValue(name, "")));
    }
}
