package dev.headroom.simulator;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** Who may print, exit and render; and that the packages form layers. */
@AnalyzeClasses(packages = "dev.headroom.simulator", importOptions = ImportOption.DoNotIncludeTests.class)
final class ArchitectureTest {
    @ArchTest
    static final ArchRule onlyCliPrints = noClasses()
            .that()
            .resideOutsideOfPackage("..simulator.cli..")
            .should(ACCESS_STANDARD_STREAMS)
            .because("stdout is the result and nothing else, and the command line alone writes it");

    @ArchTest
    static final ArchRule onlyCliExits = noClasses()
            .that()
            .resideOutsideOfPackage("..simulator.cli..")
            .should()
            .callMethod(System.class, "exit", int.class)
            .orShould()
            .callMethod(Runtime.class, "exit", int.class)
            .orShould()
            .callMethod(Runtime.class, "halt", int.class)
            .because("an exit code is the command line's to choose");

    @ArchTest
    static final ArchRule onlyCliUsesPicocli = noClasses()
            .that()
            .resideOutsideOfPackage("..simulator.cli..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("picocli..")
            .because("the page and the tests use the same engine without a command line");

    @ArchTest
    static final ArchRule onlyWhatIsShownUsesReport = noClasses()
            .that()
            .resideOutsideOfPackages(
                    "..simulator.cli..",
                    "..simulator.web..",
                    "..simulator.html..",
                    "..simulator.chart..",
                    "..simulator.report..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("..simulator.report..")
            .because("a result does not know how it is shown");

    @ArchTest
    static final ArchRule nothingUsesCli = noClasses()
            .that()
            .resideOutsideOfPackage("..simulator.cli..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("..simulator.cli..")
            .because("the command line is the outermost layer");

    @ArchTest
    static final ArchRule noCycles =
            slices().matching("dev.headroom.simulator.(*)..").should().beFreeOfCycles();
}
