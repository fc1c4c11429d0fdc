package dev.headroom.simulator.cli;

import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** The program {@code headroom}. */
public final class Main {
    /** Names of the commands, in the order of {@code --help}. */
    private static final List<String> COMMANDS = List.of(
            "estimate",
            "compare",
            "explain",
            "diff",
            "solve",
            "advise",
            "sweep",
            "chart",
            "report",
            "reconcile",
            "calibrate",
            "measure",
            "models",
            "gpus",
            "schema",
            "serve");

    private Main() {}

    /** Runs one command and ends the process with its exit code. */
    public static void main(String[] args) {
        Locale.setDefault(Locale.ROOT); // Numbers and messages are the same everywhere.
        PrintWriter out = new PrintWriter(System.out, false, StandardCharsets.UTF_8);
        PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
        int code = run(List.of(args), System.in, out, err);
        out.flush();
        err.flush();
        System.exit(code);
    }

    /**
     * Runs one command.
     *
     * @return its exit code
     */
    public static int run(List<String> args, InputStream in, PrintWriter out, PrintWriter err) {
        try {
            return commandLine(args, in, out, err).execute(args.toArray(String[]::new));
        } catch (StackOverflowError | OutOfMemoryError e) {
            return Failures.unexpected(e, args, err);
        }
    }

    private static CommandLine commandLine(List<String> args, InputStream in, PrintWriter out, PrintWriter err) {
        CommandSpec root = CommandSpec.create()
                .name("headroom")
                .mixinStandardHelpOptions(true)
                .versionProvider(new Version());
        root.usageMessage()
                .description("Computes, without a GPU, how much GPU memory a fine-tuning job takes.")
                .synopsisSubcommandLabel("COMMAND")
                .commandListHeading("%nCommands:%n")
                .footerHeading("%nExamples:%n")
                .footer(
                        "  headroom estimate --model llama-3.1-8b --seq 2048 --gpu a100-80gb",
                        "  headroom compare --model tinyllama-1.1b --seqs 512,1024,2048");
        ReportCommand.exitCodes(root, "0:done; it fits", "3:it does not fit");
        for (String command : wanted(args)) {
            add(command, root, in);
        }
        CommandLine commandLine = new CommandLine(root)
                .setOut(out)
                .setErr(err)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setExpandAtFiles(false)
                .setExecutionStrategy(Main::execute)
                .setParameterExceptionHandler(Failures::usage)
                .setExecutionExceptionHandler(Failures::execution);
        commandLine.setUsageHelpWidth(80);
        return commandLine;
    }

    /** The command that is asked for, alone, because setting up all of them takes time. */
    private static List<String> wanted(List<String> args) {
        return !args.isEmpty() && COMMANDS.contains(args.get(0)) ? List.of(args.get(0)) : COMMANDS;
    }

    private static void add(String name, CommandSpec root, InputStream in) {
        switch (name) {
            case "estimate" -> root.addSubcommand(name, new EstimateCommand(in).spec());
            case "compare" -> root.addSubcommand(name, new CompareCommand(in).spec());
            case "explain" -> root.addSubcommand(name, new ExplainCommand(in).spec());
            case "chart" -> root.addSubcommand(name, new ChartCommand(in).spec());
            case "report" -> root.addSubcommand(name, new HtmlReportCommand(in).spec());
            case "diff" -> root.addSubcommand(name, new DiffCommand(in).spec());
            case "solve" -> root.addSubcommand(name, new SolveCommand(in).spec());
            case "advise" -> root.addSubcommand(name, new AdviseCommand(in).spec());
            case "sweep" -> root.addSubcommand(name, new SweepCommand(in).spec());
            case "models" -> root.addSubcommand(name, new ModelsCommand().spec());
            case "gpus" -> root.addSubcommand(name, new GpusCommand().spec());
            case "serve" -> root.addSubcommand(name, new ServeCommand().spec());
            case "schema" -> root.addSubcommand(name, new SchemaCommand().spec());
            case "reconcile" -> root.addSubcommand(name, new ReconcileCommand(in).spec());
            case "calibrate" -> root.addSubcommand(name, new CalibrateCommand(in).spec());
            case "measure" -> root.addSubcommand(name, new MeasureCommand(in).spec());
            default -> throw new IllegalArgumentException("name (%s) is no command".formatted(name));
        }
    }

    /** Runs the command; without one, shows what there is. */
    private static int execute(ParseResult parsed) {
        if (!parsed.hasSubcommand() && !parsed.isUsageHelpRequested() && !parsed.isVersionHelpRequested()) {
            CommandLine root = parsed.commandSpec().commandLine();
            root.usage(root.getErr());
            return Failures.USAGE;
        }
        return new CommandLine.RunLast().execute(parsed);
    }

    /** The version of the jar. */
    private static final class Version implements CommandLine.IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[] {"headroom " + version()};
        }
    }

    /** The version of the jar. */
    static String version() {
        String version = Main.class.getPackage().getImplementationVersion();
        return version == null ? "(not packaged)" : version;
    }

    /** Every option and command of a command line, for suggestions. */
    static List<String> words(CommandLine commandLine) {
        List<String> words =
                new ArrayList<>(commandLine.getCommandSpec().optionsMap().keySet());
        words.addAll(commandLine.getSubcommands().keySet());
        return words;
    }
}
