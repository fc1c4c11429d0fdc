package dev.headroom.simulator.cli;

import dev.headroom.simulator.input.InputException;
import dev.headroom.simulator.input.NearestWord;
import dev.headroom.simulator.input.Place;
import dev.headroom.simulator.report.Format;
import dev.headroom.simulator.report.Report;
import dev.headroom.simulator.report.Unit;
import java.io.Console;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Function;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParseResult;

/**
 * A command that shows a {@link Report}. Commands are declared with picocli's builders rather than annotations, which
 * saves the reflection at every start.
 */
abstract class ReportCommand implements Callable<Integer> {
    static final String FORMAT = "--format";
    static final String OUTPUT = "--output";
    private static final String COLOR = "--color";
    private static final String UNIT = "--unit";
    private static final List<String> COLORS = List.of("auto", "always", "never");

    private final CommandSpec spec;

    ReportCommand(String name, String description, String... examples) {
        spec = CommandSpec.wrapWithoutInspection(this).name(name).addOption(help());
        spec.usageMessage()
                .description(description)
                .sortOptions(false)
                .sortSynopsis(false)
                .abbreviateSynopsis(true)
                .optionListHeading("%nOptions:%n")
                .parameterListHeading("%n")
                .footerHeading("%nExamples:%n")
                .footer(examples);
    }

    /** The declaration of this command. */
    final CommandSpec spec() {
        return spec;
    }

    /** The option that every command has. */
    static OptionSpec help() {
        return OptionSpec.builder("-h", "--help")
                .usageHelp(true)
                .description("Show this help and exit.")
                .build();
    }

    /** What was given on the command line. */
    final ParseResult given() {
        return spec.commandLine().getParseResult();
    }

    /** An argument without a name that need not be there. */
    static PositionalParamSpec argument(int index, String label, String description) {
        return PositionalParamSpec.builder()
                .index(Integer.toString(index))
                .arity("0..1")
                .type(String.class)
                .paramLabel(label)
                .description(description)
                .build();
    }

    /** The values of the arguments without names. */
    final List<String> arguments() {
        return given().matchedPositionals().stream()
                .flatMap(positional -> positional.stringValues().stream())
                .toList();
    }

    static OptionSpec option(String name, String label, String description) {
        return OptionSpec.builder(name)
                .type(String.class)
                .paramLabel(label)
                .description(description)
                .build();
    }

    /** An option that may be given several times. */
    static OptionSpec repeatable(String name, String label, String description) {
        return OptionSpec.builder(name)
                .type(List.class)
                .auxiliaryTypes(String.class)
                .arity("1")
                .paramLabel(label)
                .description(description)
                .build();
    }

    /** The values of an option that may be given several times. */
    final List<String> values(String option) {
        if (!given().hasMatchedOption(option)) {
            return List.of();
        }
        List<String> empty = List.of();
        return List.copyOf(given().matchedOptionValue(option, empty));
    }

    /** Lists exit codes in help: those every command has, and its own. */
    static void exitCodes(CommandSpec spec, String first, String... more) {
        Map<String, String> codes = new LinkedHashMap<>();
        put(codes, first);
        put(codes, "1:internal error");
        put(codes, "2:wrong usage or input");
        for (String code : more) {
            put(codes, code);
        }
        spec.usageMessage().exitCodeListHeading("%nExit codes:%n").exitCodeList(codes);
    }

    private static void put(Map<String, String> codes, String code) {
        int colon = code.indexOf(':');
        codes.put(code.substring(0, colon), code.substring(colon + 1));
    }

    /** Adds the options on how the result is written. */
    static void addOutputOptions(CommandSpec spec) {
        addOutputOptions(spec, "table, json, csv or markdown");
    }

    /** The same for a command with formats of its own. */
    static void addOutputOptions(CommandSpec spec, String formats) {
        addOutputOptions(spec, formats, "Write the result there instead of to stdout.");
    }

    /** The same for a command whose file is something else than what it shows. */
    static void addOutputOptions(CommandSpec spec, String formats, String file) {
        spec.addOption(option(FORMAT, "FORMAT", "How the result is written: " + formats + ". Default: table."));
        addFileOption(spec, file);
        spec.addOption(unitOption());
        spec.addOption(option(COLOR, "WHEN", "Colours: auto, always or never; NO_COLOR is honoured. Default: auto."));
    }

    private static void addFileOption(CommandSpec spec, String description) {
        spec.addOption(OptionSpec.builder("-o", OUTPUT)
                .type(String.class)
                .paramLabel("FILE")
                .description(description)
                .build());
    }

    private static OptionSpec unitOption() {
        return option(UNIT, "UNIT", "Unit of tables: GiB (2^30) or GB (10^9). Default: GiB.");
    }

    /** Adds {@code -o} alone, to a command whose result has one format. */
    final void addFileOption(String description) {
        addFileOption(spec, description);
    }

    /** Adds {@code --unit} alone. */
    final void addUnitOption() {
        spec.addOption(unitOption());
    }

    /** The unit asked for. */
    final Unit unit() {
        return word(UNIT, Unit.GIB, Unit::parse, Unit.words());
    }

    /** The file to write to; none is stdout. */
    final Optional<String> file() {
        return value(OUTPUT).filter(name -> !name.equals("-"));
    }

    /** Writes bytes to the file asked for, or to stdout, where they must be text. */
    final void write(byte[] bytes) {
        Optional<String> file = file();
        if (file.isPresent()) {
            write(file.get(), bytes);
        } else {
            PrintWriter out = spec.commandLine().getOut();
            out.print(new String(bytes, StandardCharsets.UTF_8));
            out.flush();
        }
    }

    /** Writes the result as the options say. */
    final void show(Report report) {
        print(formatted(report, file().isPresent()));
    }

    /** Writes the result to stdout, wherever {@code -o} leads. */
    final void showOnStdout(Report report) {
        PrintWriter out = spec.commandLine().getOut();
        out.print(formatted(report, false));
        out.flush();
    }

    private String formatted(Report report, boolean toFile) {
        Format format = word(FORMAT, Format.TABLE, Format::parse, Format.words());
        return report.in(format, unit(), colored(toFile));
    }

    /** Writes a text where the options say. */
    final void print(String result) {
        write(result.getBytes(StandardCharsets.UTF_8));
    }

    /** Fails now rather than after a long computation. */
    void checkOutputOptions() {
        word(FORMAT, Format.TABLE, Format::parse, Format.words());
        word(UNIT, Unit.GIB, Unit::parse, Unit.words());
        word(COLOR, "auto", word -> Optional.of(word).filter(COLORS::contains), COLORS);
        Optional<String> file = value(OUTPUT);
        if (file.isPresent() && file.get().isBlank()) {
            throw new InputException(Place.of(OUTPUT), "needs the name of a file");
        }
    }

    private boolean colored(boolean toFile) {
        return switch (word(COLOR, "auto", word -> Optional.of(word).filter(COLORS::contains), COLORS)) {
            case "always" -> true;
            case "never" -> false;
            default -> {
                String noColor = System.getenv("NO_COLOR");
                yield !toFile && isTerminal() && (noColor == null || noColor.isEmpty());
            }
        };
    }

    /** Whether a person looks on. Since Java 22 there is a console without a terminal as well, and a method to ask. */
    @SuppressWarnings("SystemConsoleNull")
    static boolean isTerminal() {
        Console console = System.console();
        if (console == null) {
            return false;
        }
        try {
            return (boolean) Console.class.getMethod("isTerminal").invoke(console);
        } catch (ReflectiveOperationException e) {
            return true; // Before Java 22 a console is a terminal.
        }
    }

    private static void write(String name, byte[] bytes) {
        try {
            Files.write(Path.of(name), bytes);
        } catch (InvalidPathException e) {
            throw new InputException(Place.of(name), "is no name of a file: " + e.getReason());
        } catch (IOException e) {
            throw new InputException(Place.of(name), "cannot be written: " + reason(Path.of(name), e));
        }
    }

    static String reason(Path path, IOException failure) {
        if (Files.isDirectory(path)) {
            return "it is a directory";
        }
        if (failure instanceof NoSuchFileException) {
            return "its directory does not exist";
        }
        if (failure instanceof AccessDeniedException) {
            return "permission denied";
        }
        return failure instanceof FileSystemException e && e.getReason() != null
                ? e.getReason()
                : String.valueOf(failure.getMessage());
    }

    /** The value of an option, if it was given. */
    final Optional<String> value(String option) {
        return given().hasMatchedOption(option)
                ? Optional.of(String.valueOf((Object) given().matchedOptionValue(option, "")))
                : Optional.empty();
    }

    /** What the word of an option stands for. */
    final <E> E word(String option, E standard, Function<String, Optional<E>> parse, List<String> known) {
        Optional<String> word = value(option);
        if (word.isEmpty()) {
            return standard;
        }
        return parse.apply(word.get()).orElseThrow(() -> unknownWord(option, word.get(), known));
    }

    static InputException unknownWord(String option, String word, List<String> known) {
        String near = NearestWord.hint(word, known);
        return new InputException(
                Place.of(option),
                "unknown value '%s'".formatted(word),
                (near.isEmpty() ? "" : near + " ") + "Allowed: " + String.join(", ", known) + ".");
    }
}
