package dev.headroom.simulator.cli;

import dev.headroom.model.platform.ProcessOverhead;
import dev.headroom.simulator.catalog.CalibrationFile;
import dev.headroom.simulator.config.JobKey;
import dev.headroom.simulator.config.JobSource;
import dev.headroom.simulator.input.InputNode.Scalar;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParseResult;

/** The options of the command line that describe a job: one for each {@link JobKey}, {@code --gpu}, {@code --reserve} and {@code --calibration}. */
final class JobOptions {
    static final String GPU_OPTION = "--gpu";
    static final String RESERVE_OPTION = "--reserve";
    static final String CALIBRATION_OPTION = "--calibration";

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
        command.addOption(calibration());
    }

    /** The option that names what {@code calibrate} wrote. */
    static OptionSpec calibration() {
        return OptionSpec.builder(CALIBRATION_OPTION)
                .paramLabel("FILE")
                .type(String.class)
                .description("What processes hold beside their tensors, as 'calibrate' fitted it to your records.")
                .build();
    }

    /** What processes hold by the calibration that is named; nothing if none is. */
    static List<ProcessOverhead> calibrated(ParseResult options) {
        return given(options, CALIBRATION_OPTION)
                ? CalibrationFile.read(String.valueOf((Object) options.matchedOptionValue(CALIBRATION_OPTION, "")))
                : List.of();
    }

    /** Says on stderr that a calibration is used, for results that have no place for it. */
    static void mention(List<ProcessOverhead> calibrated, PrintWriter err) {
        for (ProcessOverhead overhead : calibrated) {
            err.println("process overhead of %s is calibrated: %s".formatted(overhead.gpu(), overhead.source()));
        }
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
        Collections.addAll(names, GPU_OPTION, RESERVE_OPTION, CALIBRATION_OPTION);
        return names;
    }

    private static boolean given(ParseResult options, String name) {
        return options.hasMatchedOption(name);
    }

    private static Scalar scalar(ParseResult options, String name) {
        return Scalar.ofOption(name, String.valueOf((Object) options.matchedOptionValue(name, "")));
    }
}
