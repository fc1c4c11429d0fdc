package dev.headroom.simulator.cli;

import dev.headroom.simulator.config.JobSchema;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Model.CommandSpec;

/** {@code headroom schema}: the JSON Schema of job files. */
final class SchemaCommand implements Callable<Integer> {
    private final CommandSpec spec;

    SchemaCommand() {
        spec = CommandSpec.wrapWithoutInspection(this).name("schema").addOption(ReportCommand.help());
        spec.usageMessage()
                .description("Prints the JSON Schema of job files, for editors that complete and check them.")
                .footerHeading("%nExamples:%n")
                .footer("  headroom schema > job.schema.json", "  headroom schema | jq '.properties | keys'");
        ReportCommand.exitCodes(spec, "0:done");
    }

    CommandSpec spec() {
        return spec;
    }

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        out.print(JobSchema.text());
        out.flush();
        return 0;
    }
}
