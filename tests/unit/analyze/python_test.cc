#include <algorithm>

#include "unit/analyze/expect.hh"

using namespace podwright::analyze;

TEST_CASE("Python servers start with the server that is among the dependencies, on the object found in the source") {
  check_all({
      {.name = "gunicorn serves Flask", .files = {{"requirements.txt", "Flask==3.0\ngunicorn\n"}, {"app.py", "import flask\napp = flask.Flask(__name__)\n"}},
       .language = "python", .framework = "flask", .start = "gunicorn app:app --bind 0.0.0.0:$PORT", .port = 8000, .honors_port = true, .manager = "pip"},
      {.name = "an application of a factory in wsgi.py", .files = {{"requirements.txt", "flask\ngunicorn\n"},
        {"shop/__init__.py", "from flask import Flask\n\ndef create_app(config=None):\n    app = Flask(__name__)\n    return app\n"},
        {"wsgi.py", "from shop import create_app\n\napplication = create_app()\n"}},
       .language = "python", .framework = "flask", .start = "gunicorn wsgi:application --bind 0.0.0.0:$PORT", .port = 8000, .honors_port = true, .manager = "pip"},
      {.name = "only a factory", .files = {{"setup.py", "from setuptools import setup\nsetup(install_requires=['flask>=1', 'gunicorn'])\n"},
        {"src/shop/__init__.py", "from flask import Flask\ndef create_app():\n    app = Flask('shop')\n    return app\n"}},
       .language = "python", .framework = "flask", .start = "gunicorn 'shop:create_app()' --bind 0.0.0.0:$PORT --chdir src", .port = 8000, .honors_port = true, .manager = "pip"},
      {.name = "Flask that serves itself on a fixed port", .files = {{"requirements.txt", "flask\n"},
        {"main.py", "from flask import Flask\napp = Flask(__name__)\nif __name__ == '__main__':\n    app.run(host='0.0.0.0', port=8088)\n"}},
       .language = "python", .framework = "flask", .start = "python main.py", .port = 8088, .honors_port = false, .manager = "pip"},
      {.name = "Flask on loopback gets its own server's options", .files = {{"requirements.txt", "flask\n"}, {"web.py", "from flask import Flask\napi = Flask(__name__)\n"}},
       .language = "python", .framework = "flask", .start = "flask --app web:api run --host 0.0.0.0 --port $PORT", .port = 5000, .honors_port = true, .manager = "pip"},
      {.name = "FastAPI with another name in a package", .files = {{"pyproject.toml", "[project]\nname='x'\ndependencies=['fastapi[standard]>=0.1']\n"}, {"uv.lock", ""},
        {"svc/main.py", "from fastapi import FastAPI\n\napi: FastAPI = FastAPI(\n  title='x')\n"}},
       .language = "python", .framework = "fastapi", .start = "uvicorn svc.main:api --host 0.0.0.0 --port $PORT", .port = 8000, .honors_port = true, .manager = "uv"},
      {.name = "a name that only contains fastapi's is no FastAPI", .files = {{"requirements.txt", "fastapi-utils\n"}, {"main.py", "print('hi')\n"}},
       .language = "python", .framework = "", .start = "python main.py", .port = 0, .honors_port = false, .manager = "pip"},
      {.name = "Django with a front end's package.json", .files = {{"requirements.txt", "Django\ngunicorn\n"}, {"package.json", R"({"devDependencies":{"tailwindcss":"3"}})"},
        {"manage.py", "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'site1.settings')\nimport django\n"},
        {"site1/settings.py", "DATABASES = {}\n"}, {"site1/wsgi.py", "from django.core.wsgi import get_wsgi_application\napplication = get_wsgi_application()\n"}},
       .language = "python", .framework = "django", .start = "gunicorn site1.wsgi:application --bind 0.0.0.0:$PORT", .port = 8000, .honors_port = true, .manager = "pip"},
      {.name = "Streamlit", .files = {{"requirements.txt", "streamlit\n"}, {"Home.py", "import streamlit as st\n"}},
       .language = "python", .framework = "streamlit", .start = "streamlit run Home.py --server.port $PORT --server.address 0.0.0.0", .port = 8501, .honors_port = true, .manager = "pip"},
      {.name = "Gradio", .files = {{"requirements.txt", "gradio\n"}, {"app.py", "import gradio as gr\ngr.Interface(fn=str).launch()\n"}},
       .language = "python", .framework = "gradio", .start = "python app.py", .port = 7860, .honors_port = false, .manager = "pip"},
      {.name = "a bot of Poetry's", .files = {{"pyproject.toml", "[tool.poetry]\nname='b'\n[tool.poetry.dependencies]\npython='^3.9'\n"}, {"poetry.lock", ""}, {"bot.py", "print('x')\n"}},
       .language = "python", .framework = "", .start = "python bot.py", .port = 0, .honors_port = false, .manager = "poetry"},
      {.name = "the standard library's server", .files = {{"server.py", "import os\nfrom http.server import HTTPServer\nport = int(os.environ.get('PORT', 8080))\nHTTPServer(('0.0.0.0', port), None)\n"}},
       .language = "python", .framework = "", .start = "python server.py", .port = 8080, .honors_port = true, .manager = "pip"},
  });
}

TEST_CASE("a Python service below a folder without a manifest is a service of its own") {
  const auto tree = memory_tree({{"backend/requirements.txt", "fastapi\nuvicorn\n"}, {"backend/main.py", "from fastapi import FastAPI\napp = FastAPI()\n"}, {"README.md", ""}});
  const auto analysis = analyze(*tree);
  REQUIRE(analysis);
  CHECK(analysis->primary().root == "backend");
  CHECK(analysis->primary().start_command == "uvicorn main:app --host 0.0.0.0 --port $PORT");
}

TEST_CASE("what Python's migrations and versions are comes with its evidence") {
  const auto tree = memory_tree({{"Pipfile", "[packages]\ndjango = \"*\"\ngunicorn = \"*\"\n[requires]\npython_version = \"3.11\"\n"}, {"Pipfile.lock", "{}"},
                                 {"manage.py", "import django\nos.environ.setdefault(\"DJANGO_SETTINGS_MODULE\", \"a.settings\")\n"},
                                 {"a/settings.py", "DATABASES = {}\nSTATIC_ROOT = 'x'\n"}, {"a/wsgi.py", "import django\n"}});
  const auto analysis = analyze(*tree);
  REQUIRE(analysis);
  const auto& plan = analysis->primary();
  CHECK(plan.version == "3.11");
  CHECK(plan.install_command == "pipenv install --deploy");
  CHECK(plan.release_command == "python manage.py migrate --noinput");
  CHECK(plan.build_command == "python manage.py collectstatic --noinput");
  const auto said = std::ranges::find(plan.evidence, "framework", &podwright::Evidence::field);
  REQUIRE(said != plan.evidence.end());
  CHECK(said->file == "Pipfile");
  CHECK(said->line == 2);
}
